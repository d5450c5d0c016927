import { optionError } from '@mainstay/kernel';
import { positive } from '../check-number.ts';
import { LatencyEstimate } from '../latency/latency-estimate.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import { createRetryBudget, type RetryBudget } from '../retry/retry-budget.ts';

/** Options of {@link createHedgePace}. */
export interface HedgePaceOptions {
  /** What is called, for events. */
  readonly name: string;
  /** Pause before the second try in milliseconds, until 20 calls are known. */
  readonly delayMs: number;
  /** Share of the calls that decides the pause once they are known, default 0.95. */
  readonly quantile?: number;
  /** Shortest pause in milliseconds that follows from observed durations, default 1. */
  readonly minDelayMs?: number;
  /** Bounds all second tries together; default one of its own: a tenth of the calls, and 10 saved up at most. */
  readonly budget?: RetryBudget;
  /** Events: `hedged`, `won_by_hedge`. */
  readonly onEvent?: PolicyListener;
}

/** Figures of a hedge at one moment. */
export interface HedgeSnapshot {
  readonly name: string;
  /** Pause before the second try of a call that began now. */
  readonly delayMs: number;
  /** Second tries that were made, and those that answered first. */
  readonly hedges: number;
  readonly won: number;
  readonly budgetTokens: number;
}

/** When a call counts as late, and whether it may be made once more: what a hedge knows, for who makes the tries itself. */
export interface HedgePace {
  /** Pause before the second try of a call that begins now, in milliseconds. */
  delayMs(): number;
  /** Notes that a call begins; each one brings a tenth of a second try. */
  begun(): void;
  /** Takes a second try out of the budget; false when there is none left. */
  mayHedge(): boolean;
  /** Notes that a second try begins, so long after the first. */
  hedged(afterMs: number): void;
  wonByHedge(): void;
  /** Notes how long a try took that was answered, or canceled because another one was. */
  record(nowMs: number, durationMs: number): void;
  snapshot(): HedgeSnapshot;
}

/** Calls that must be known before their durations decide the pause. */
const minimumCount = 20;

/**
 * Makes the pace of a hedge.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range.
 */
export function createHedgePace(options: HedgePaceOptions): HedgePace {
  const { name, quantile = 0.95, onEvent } = options;
  const at = `hedge ${name}`;
  if (!(quantile >= 0.5 && quantile < 1)) throw optionError(`${at} quantile`, 'from 0.5 to below 1', quantile);
  const firstDelayMs = positive(`${at} delayMs`, options.delayMs);
  const minDelayMs = positive(`${at} minDelayMs`, options.minDelayMs ?? 1);
  const budget = options.budget ?? createRetryBudget({ ratio: 0.1, startsInDebt: true });
  const estimate = new LatencyEstimate({ windowMs: 60_000, minimumCount });
  let [hedges, won] = [0, 0];
  const delayMs = (): number => {
    const observedMs = estimate.quantile(quantile);
    return observedMs === undefined ? firstDelayMs : Math.max(minDelayMs, observedMs);
  };
  return {
    delayMs,
    begun: () => budget.deposit(),
    mayHedge: () => budget.withdraw(),
    hedged(afterMs) {
      hedges += 1;
      tell(onEvent, { policy: 'hedge', name, event: 'hedged', facts: { afterMs: Math.round(afterMs) } });
    },
    wonByHedge() {
      won += 1;
      tell(onEvent, { policy: 'hedge', name, event: 'won_by_hedge', facts: {} });
    },
    record: (nowMs, durationMs) => estimate.record(nowMs, durationMs),
    snapshot: () => ({ name, delayMs: delayMs(), hedges, won, budgetTokens: budget.tokens }),
  };
}
