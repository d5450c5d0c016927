import type { WatchResponse } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { type Clock, type Logger, PlatformError } from '@mainstay/kernel';
import { backOffMs } from '../back-off.ts';
import { discoveryReasons } from '../errors.ts';
import type { RegistryApi } from '../registry-api.ts';

/** What the loop needs and whom it tells. */
export interface WatchLoopOptions {
  readonly api: RegistryApi;
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Silence after which a stream counts as dead, in milliseconds; the registry speaks at least every 30 s. */
  readonly silenceMs: number;
  readonly random: () => number;
  onOpening(): void;
  /** @returns true when this message completed the first picture. */
  onMessage(message: WatchResponse): boolean;
  onLost(error: unknown): void;
}

/**
 * Keeps one watch stream open until the signal aborts: after each end it pauses, opens a new one and takes in the
 * full picture again. The pause starts at 0.1 s, grows to 5 s and starts over once a picture was complete.
 */
export async function runWatchLoop(options: WatchLoopOptions): Promise<void> {
  const { clock, signal } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await watchOnce(options, () => {
        failures = 0;
      });
      if (!signal.aborted) options.onLost(undefined);
    } catch (error) {
      if (signal.aborted) return;
      options.onLost(error);
    }
    failures++;
    const pauseMs = backOffMs(failures, { baseMs: 100, maxMs: 5_000, random: options.random });
    // Only an abort ends the pause early, and then the loop ends too.
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

async function watchOnce(options: WatchLoopOptions, onSynced: () => void): Promise<void> {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    options.onOpening();
    const messages = options.api.watch(options.services, controller.signal)[Symbol.asyncIterator]();
    for (;;) {
      const next = await withinSilence(options, controller, messages.next());
      if (next.done === true || options.signal.aborted) return;
      if (options.onMessage(next.value)) onSynced();
    }
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    // Ends the stream on the registry's side too, whichever way this one ended.
    controller.abort();
  }
}

function withinSilence<T>(options: WatchLoopOptions, controller: AbortController, next: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(controller.signal.reason);
    const cancel = options.clock.after(options.silenceMs, () => {
      const what = `the registry sent nothing for ${options.silenceMs} ms`;
      controller.abort(new PlatformError(discoveryReasons.REGISTRY_SILENT, what));
    });
    const settle = (): void => {
      cancel();
      controller.signal.removeEventListener('abort', onAbort);
    };
    controller.signal.addEventListener('abort', onAbort, { once: true });
    if (controller.signal.aborted) onAbort();
    next.then(resolve, reject).finally(settle);
  });
}
