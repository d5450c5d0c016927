import type { Health } from '@mainstay/health';
import type { Clock } from '@mainstay/kernel';

/** How readiness is watched. */
export interface WatchReadinessOptions {
  readonly health: Pick<Health, 'ready'>;
  readonly clock: Clock;
  /** Pause between two looks, in milliseconds. */
  readonly intervalMs: number;
  /** Told the first answer and then every change, with the reason when not ready; must not throw. */
  readonly onChange: (isReady: boolean, reason: string | undefined) => void;
  readonly signal: AbortSignal;
}

/** Looks at readiness until the signal aborts and tells when it changes; resolves then, never rejects. */
export async function watchReadiness(options: WatchReadinessOptions): Promise<void> {
  const { clock, health, intervalMs, onChange, signal } = options;
  let wasReady: boolean | undefined;
  while (!signal.aborted) {
    const answer = await health.ready();
    const isReady = answer.status === 'up';
    if (!signal.aborted && isReady !== wasReady) {
      wasReady = isReady;
      onChange(isReady, answer.reason);
    }
    // Only the abort cuts the pause short, and the loop's condition sees it.
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
