import { type Clock, PlatformError } from '@mainstay/kernel';
import { controllerReasons } from './errors.ts';
import { probeReadiness } from './process/probe.ts';

/** An address that must answer with 200 before a fleet counts as up. */
export interface ReadyCheck {
  readonly what: string;
  readonly url: string;
}

/** Pause between two tries, in milliseconds. */
const pauseMs = 50;

/** Longest wait for all addresses, in milliseconds. */
const limitMs = 30_000;

/**
 * Waits until every address answers with 200.
 *
 * @throws {@link PlatformError} `FLEET_START_FAILED` with what did not answer within 30 s.
 */
export async function awaitReady(checks: readonly ReadyCheck[], clock: Clock, signal: AbortSignal): Promise<void> {
  const giveUpAtMs = clock.monotonicMs() + limitMs;
  for (const { what, url } of checks) {
    while ((await probeReadiness(url)) !== 'ready') {
      if (clock.monotonicMs() >= giveUpAtMs) {
        const message = `${what} did not answer at ${url} within ${limitMs / 1_000} s`;
        throw new PlatformError(controllerReasons.FLEET_START_FAILED, message);
      }
      await clock.sleep(pauseMs, signal);
    }
  }
}
