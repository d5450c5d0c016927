import type { FleetEvent, FleetNote } from '@mainstay/controller';
import type { FleetStatus } from '@mainstay/controller/client';

/** What a detached controller tells the command that started it. */
export type DetachedMessage =
  | { readonly type: 'event'; readonly event: FleetEvent }
  | { readonly type: 'up'; readonly notes: readonly FleetNote[]; readonly status: FleetStatus }
  | { readonly type: 'failed'; readonly message: string };

/** The detached side of the channel. */
export interface Reporter {
  /** Aborted when the command went away before the fleet was up. */
  readonly parentGone: AbortSignal;
  send(message: DetachedMessage): void;
  /** Sends and closes the channel; nothing can be sent afterwards. */
  sendLast(message: DetachedMessage): Promise<void>;
}

/** Speaks with the command that started this process; without one every message goes nowhere. */
export function createReporter(): Reporter {
  const gone = new AbortController();
  const onDisconnect = (): void => gone.abort();
  process.once('disconnect', onDisconnect);
  return {
    parentGone: gone.signal,
    send(message) {
      if (process.connected) process.send?.(message);
    },
    sendLast(message) {
      process.off('disconnect', onDisconnect);
      return new Promise((resolve) => {
        if (!process.connected) return resolve();
        process.send?.(message, undefined, undefined, () => {
          if (process.connected) process.disconnect();
          resolve();
        });
      });
    },
  };
}
