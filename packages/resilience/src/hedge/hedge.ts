import { type Alarms, alarmsOf, type Clock, optionError, systemClock } from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import { LatencyEstimate } from '../latency/latency-estimate.ts';
import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { Idempotency, Policy } from '../policy/policy-types.ts';
import { createRetryBudget, type RetryBudget } from '../retry/retry-budget.ts';
import { HedgeRun, type HedgeRunOwner, Try } from './hedge-run.ts';

/** Options of {@link createHedge}. */
export interface HedgeOptions {
  /** What is called, for events. */
  readonly name: string;
  /** Only what is `safe` is ever sent twice; one call may say so in its facts, too. Default `none`. */
  readonly idempotency?: Idempotency;
  /** Pause before the second try in milliseconds, until 20 calls are known. */
  readonly delayMs: number;
  /** Share of the calls that decides the pause once they are known, default 0.95. */
  readonly quantile?: number;
  /** Shortest pause in milliseconds that follows from observed durations, default 1. */
  readonly minDelayMs?: number;
  /** Tries that may run at the same time, default 2. */
  readonly maxParallel?: number;
  /** Bounds all second tries together; default one of its own: a tenth of the calls, and 10 saved up at most. */
  readonly budget?: RetryBudget;
  /** Events: `hedged`, `won_by_hedge`. */
  readonly onEvent?: PolicyListener;
  readonly clock?: Clock;
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

/** Asks a second time when the first answer is late. */
export interface Hedge extends Policy {
  snapshot(): HedgeSnapshot;
}

/** Calls that must be known before their durations decide the pause. */
const minimumCount = 20;

/**
 * Makes a hedge: a call that is slower than most is made once more, the first answer counts and the other try is cancelled.
 *
 * Only for safe calls: both tries may run to their end. A try that fails while another runs is waited out; when none is left
 * the last error is passed on, for a retry outside to judge. Put the circuit breaker and the time-out of a try inside.
 *
 * Cost: one timer for all calls; an AbortController only when the function asks for the signal.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range.
 * @example
 * const quick = createHedge({ name: 'products', idempotency: 'safe', delayMs: 50 });
 * const product = await quick.execute(({ signal }) => products.getProduct({ id }, { signal }));
 * @see https://research.google/pubs/the-tail-at-scale/ - hedged requests
 */
export function createHedge(options: HedgeOptions): Hedge {
  return new HedgeLayer(options);
}

class HedgeLayer extends LayerPolicy implements Hedge, HedgeRunOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly estimate: LatencyEstimate;
  readonly maxParallel: number;
  readonly budget: RetryBudget;
  readonly #options: HedgeOptions;
  readonly #quantile: number;
  #hedges = 0;
  #won = 0;

  constructor(options: HedgeOptions) {
    super();
    const at = `hedge ${options.name}`;
    const { quantile = 0.95, minDelayMs = 1 } = options;
    if (!(quantile >= 0.5 && quantile < 1)) throw optionError(`${at} quantile`, 'from 0.5 to below 1', quantile);
    const delayMs = positive(`${at} delayMs`, options.delayMs);
    this.#options = { ...options, delayMs, minDelayMs: positive(`${at} minDelayMs`, minDelayMs) };
    this.#quantile = quantile;
    this.clock = options.clock ?? systemClock;
    this.alarms = alarmsOf(this.clock);
    this.estimate = new LatencyEstimate({ windowMs: 60_000, minimumCount });
    this.maxParallel = wholeNumber(`${at} maxParallel`, options.maxParallel ?? 2, 2);
    this.budget = options.budget ?? createRetryBudget({ ratio: 0.1, startsInDebt: true });
  }

  stages(): readonly Stage[] {
    return [new HedgeStage(this)];
  }

  isSafe(call: CallScope): boolean {
    return (call.root.facts.idempotency ?? this.#options.idempotency) === 'safe';
  }

  delayMs(): number {
    const { delayMs, minDelayMs = 1 } = this.#options;
    const observedMs = this.estimate.quantile(this.#quantile);
    return observedMs === undefined ? delayMs : Math.max(minDelayMs, observedMs);
  }

  hedged(afterMs: number): void {
    this.#hedges += 1;
    this.#tell('hedged', { afterMs: Math.round(afterMs) });
  }

  wonByHedge(): void {
    this.#won += 1;
    this.#tell('won_by_hedge', {});
  }

  snapshot(): HedgeSnapshot {
    const { name } = this.#options;
    const { tokens } = this.budget;
    return { name, delayMs: this.delayMs(), hedges: this.#hedges, won: this.#won, budgetTokens: tokens };
  }

  #tell(event: string, facts: Readonly<Record<string, number>>): void {
    tell(this.#options.onEvent, { policy: 'hedge', name: this.#options.name, event, facts });
  }
}

class HedgeStage extends Stage {
  readonly #layer: HedgeLayer;

  constructor(layer: HedgeLayer) {
    super();
    this.#layer = layer;
  }

  override start(call: CallScope): void {
    if (this.#layer.isSafe(call)) new HedgeRun(this.#layer, this, call).begin();
    else this.inner.start(call);
  }

  override succeed(scope: CallScope, value: unknown): void {
    if (this.#isTry(scope)) scope.succeed(value);
    else this.outer.succeed(scope, value);
  }

  override fail(scope: CallScope, error: unknown): void {
    if (this.#isTry(scope)) scope.fail(error);
    else this.outer.fail(scope, error);
  }

  /** Not so for a call that is not safe, whose own scope may be a try of another hedge. */
  #isTry(scope: CallScope): scope is Try {
    return scope instanceof Try && scope.stage === this;
  }
}
