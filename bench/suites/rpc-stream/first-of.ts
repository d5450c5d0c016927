import type { EventEmitter } from 'node:events';

/** Resolves at the first of some events and leaves no listener behind. */
export function firstOf(emitter: EventEmitter, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const onEvent = (): void => {
      for (const event of events) emitter.off(event, onEvent);
      resolve();
    };
    for (const event of events) emitter.on(event, onEvent);
  });
}
