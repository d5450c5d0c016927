import cluster from 'node:cluster';
import type { LimitQuestion } from './limit-messages.ts';
import type { SplitQuestion } from './split-messages.ts';

/** The channel to the process that keeps what workers share. */
export interface PrimaryChannel {
  send(question: LimitQuestion | SplitQuestion): void;
  /** Is told every message that comes. */
  onMessage(listener: (message: unknown) => void): void;
}

/** The channel to the process that started this one as a worker; undefined for a gateway of one process. */
export function channelToPrimary(): PrimaryChannel | undefined {
  if (!cluster.isWorker) return undefined;
  return {
    // A message that cannot be sent any more has nobody to answer it: the process is about to end.
    send: (question) => void (process.connected && process.send?.(question, undefined, undefined, () => undefined)),
    onMessage: (listener) => void process.on('message', listener),
  };
}
