import { type Alarms, alarmsOf, type Clock, systemClock } from '@mainstay/kernel';
import { wholeNumber } from '../check-number.ts';
import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import type { Idempotency, Policy } from '../policy/policy-types.ts';
import { createHedgePace, type HedgePace, type HedgePaceOptions, type HedgeSnapshot } from './hedge-pace.ts';
import { HedgeRun, type HedgeRunOwner, Try } from './hedge-run.ts';

/** Options of {@link createHedge}. */
export interface HedgeOptions extends HedgePaceOptions {
  /** Only what is `safe` is ever sent twice; one call may say so in its facts, too. Default `none`. */
  readonly idempotency?: Idempotency;
  /** Tries that may run at the same time, default 2. */
  readonly maxParallel?: number;
  readonly clock?: Clock;
}

/** Asks a second time when the first answer is late. */
export interface Hedge extends Policy {
  snapshot(): HedgeSnapshot;
}

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
  readonly pace: HedgePace;
  readonly maxParallel: number;
  readonly #idempotency: Idempotency | undefined;

  constructor(options: HedgeOptions) {
    super();
    this.clock = options.clock ?? systemClock;
    this.alarms = alarmsOf(this.clock);
    this.pace = createHedgePace(options);
    this.maxParallel = wholeNumber(`hedge ${options.name} maxParallel`, options.maxParallel ?? 2, 2);
    this.#idempotency = options.idempotency;
  }

  stages(): readonly Stage[] {
    return [new HedgeStage(this)];
  }

  isSafe(call: CallScope): boolean {
    return (call.root.facts.idempotency ?? this.#idempotency) === 'safe';
  }

  snapshot(): HedgeSnapshot {
    return this.pace.snapshot();
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
