import cluster from 'node:cluster';
import type { LimitChannel } from './worker-limiter.ts';

/** The channel to the process that started this one as a worker; undefined for a gateway of one process. */
export function channelToPrimary(): LimitChannel | undefined {
  if (!cluster.isWorker) return undefined;
  return {
    // A message that cannot be sent any more has nobody to decide it: the process is about to end.
    send: (question) => void (process.connected && process.send?.(question, undefined, undefined, () => undefined)),
    onMessage: (listener) => void process.on('message', listener),
  };
}
