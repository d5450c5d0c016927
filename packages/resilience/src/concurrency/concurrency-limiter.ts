import { type Clock, type Code, optionError, PlatformError, systemClock, toPlatformError } from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import { resilienceReasons } from '../errors.ts';
import { type CallScope, InnerScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { CallFacts, Policy, Priority } from '../policy/policy-types.ts';
import { ranOut } from '../policy/ran-out.ts';
import { type GradientState, nextLimit } from './gradient.ts';

/** Options of {@link createConcurrencyLimiter}. */
export interface ConcurrencyLimiterOptions {
  /** What is protected, for messages. */
  readonly name: string;
  /** Calls at the same time to begin with, default 20. */
  readonly initialLimit?: number;
  /** Default 4. */
  readonly minLimit?: number;
  /** Default 1,000. */
  readonly maxLimit?: number;
  /** The limit is looked at so often, in milliseconds, default 1,000, once ten calls have ended since. */
  readonly windowMs?: number;
  /** How many times the usual duration is still no queue, default 1.5. */
  readonly tolerance?: number;
  /** Events: `refused`, `changed`. */
  readonly onEvent?: PolicyListener;
  readonly clock?: Clock;
}

/** Figures of a limiter at one moment. */
export interface ConcurrencySnapshot {
  readonly name: string;
  readonly limit: number;
  readonly running: number;
  /** Undefined before the first window. */
  readonly usualMs: number | undefined;
}

/** A limit on calls at the same time that finds its own height. */
export interface ConcurrencyLimiter extends Policy {
  /** Takes a place; the returned function gives it back, once, with what the call threw if it did. */
  acquire(about?: CallFacts): (error?: unknown) => void;
  snapshot(): ConcurrencySnapshot;
}

/** Share of the limit that calls of a priority may fill; the rest is kept for more important ones. */
const shares: Readonly<Record<Priority, number>> = { critical: 1, normal: 0.9, low: 0.7, background: 0.4 };
const overloadCodes: ReadonlySet<Code> = new Set(['deadline_exceeded', 'resource_exhausted', 'unavailable']);
const callsPerWindow = 10;

/**
 * Makes a limiter that admits as many calls at the same time as their durations allow, and refuses the rest at once.
 *
 * When calls take longer than usual they queue somewhere, and the limit shrinks; while they do not, it grows by about its
 * square root a second. The less important stop being admitted first: `background` at 40 % of the limit, `low` at
 * 70 %, `normal` at 90 %.
 *
 * Cost: one small object a call, two readings of the clock, no timer.
 *
 * @throws {@link PlatformError} from `execute` and `acquire`: `resource_exhausted` / `CONCURRENCY_LIMITED`, executed: no.
 * @example
 * const limiter = createConcurrencyLimiter({ name: 'orders' });
 * const order = await limiter.execute(() => placeOrder(request), { priority: 'critical' });
 */
export function createConcurrencyLimiter(options: ConcurrencyLimiterOptions): ConcurrencyLimiter {
  return new LimiterLayer(options);
}

class LimiterLayer extends LayerPolicy implements ConcurrencyLimiter {
  readonly #name: string;
  readonly clock: Clock;
  readonly #settings: { readonly minLimit: number; readonly maxLimit: number; readonly tolerance: number };
  readonly #windowMs: number;
  readonly #onEvent: PolicyListener | undefined;
  #state: GradientState;
  #running = 0;
  #windowStartMs: number;
  #ended = 0;
  #totalMs = 0;
  #overloads = 0;
  #peak = 0;

  constructor(options: ConcurrencyLimiterOptions) {
    super();
    const at = `concurrency limiter ${options.name}`;
    const minLimit = wholeNumber(`${at} minLimit`, options.minLimit ?? 4, 1);
    const maxLimit = wholeNumber(`${at} maxLimit`, options.maxLimit ?? 1_000, minLimit);
    const limit = wholeNumber(`${at} initialLimit`, options.initialLimit ?? Math.max(20, minLimit), minLimit);
    if (limit > maxLimit) throw optionError(`${at} initialLimit`, `at most maxLimit ${maxLimit}`, limit);
    const { tolerance = 1.5 } = options;
    if (!(tolerance >= 1)) throw optionError(`${at} tolerance`, 'a number of at least 1', tolerance);
    this.#name = options.name;
    this.clock = options.clock ?? systemClock;
    this.#settings = { minLimit, maxLimit, tolerance };
    this.#windowMs = positive(`${at} windowMs`, options.windowMs ?? 1_000);
    this.#onEvent = options.onEvent;
    this.#state = { limit, usualMs: undefined };
    this.#windowStartMs = this.clock.monotonicMs();
  }

  acquire(about: CallFacts = {}): (error?: unknown) => void {
    this.admit(about.priority);
    const startedMs = this.clock.monotonicMs();
    let isOver = false;
    return (error) => {
      if (isOver) return;
      isOver = true;
      this.end(startedMs, error);
    };
  }

  stages(): readonly Stage[] {
    return [new LimiterStage(this)];
  }

  /** Called once by each admitted call. */
  end(startedMs: number, error: unknown): void {
    this.#running -= 1;
    const nowMs = this.clock.monotonicMs();
    this.#ended += 1;
    this.#totalMs += nowMs - startedMs;
    if (error !== undefined && overloadCodes.has(toPlatformError(error).code)) this.#overloads += 1;
    if (nowMs - this.#windowStartMs >= this.#windowMs && this.#ended >= callsPerWindow) this.#closeWindow(nowMs);
  }

  snapshot(): ConcurrencySnapshot {
    const { limit, usualMs } = this.#state;
    return { name: this.#name, limit: Math.floor(limit), running: this.#running, usualMs };
  }

  /** Takes a place, or throws. */
  admit(priority: Priority = 'normal'): void {
    const limit = Math.floor(this.#state.limit);
    if (this.#running >= Math.max(1, Math.floor(limit * shares[priority]))) {
      tell(this.#onEvent, {
        policy: 'concurrency_limiter',
        name: this.#name,
        event: 'refused',
        facts: { priority, limit, running: this.#running },
      });
      const message = `${this.#name} runs ${this.#running} calls of ${limit}, too many for one of priority ${priority}`;
      throw new PlatformError(resilienceReasons.CONCURRENCY_LIMITED, message);
    }
    this.#running += 1;
    this.#peak = Math.max(this.#peak, this.#running);
  }

  #closeWindow(nowMs: number): void {
    const before = Math.floor(this.#state.limit);
    const meanMs = this.#totalMs / this.#ended;
    const figures = { meanMs, peak: this.#peak, overloadRatio: this.#overloads / this.#ended };
    this.#state = nextLimit(this.#state, figures, this.#settings);
    this.#windowStartMs = nowMs;
    this.#ended = 0;
    this.#totalMs = 0;
    this.#overloads = 0;
    this.#peak = this.#running;
    const limit = Math.floor(this.#state.limit);
    if (limit === before) return;
    const facts = { limit, before, meanMs: Math.round(meanMs) };
    tell(this.#onEvent, { policy: 'concurrency_limiter', name: this.#name, event: 'changed', facts });
  }
}

class LimiterStage extends Stage<LimitedScope> {
  readonly #limiter: LimiterLayer;

  constructor(limiter: LimiterLayer) {
    super();
    this.#limiter = limiter;
  }

  override start(call: CallScope): void {
    try {
      this.#limiter.admit(call.root.facts.priority);
    } catch (refusal) {
      this.outer.fail(call, refusal);
      return;
    }
    this.inner.start(new LimitedScope(call, call.root.turnMs(this.#limiter.clock)));
  }

  override succeed(scope: LimitedScope, value: unknown): void {
    scope.close();
    this.#limiter.end(scope.startedMs, undefined);
    this.outer.succeed(scope.parent, value);
  }

  override fail(scope: LimitedScope, error: unknown): void {
    scope.close();
    this.#limiter.end(scope.startedMs, ranOut(error, scope.root.facts) ? undefined : (error ?? 'nothing'));
    this.outer.fail(scope.parent, error);
  }
}

/** A call that has a place. */
class LimitedScope extends InnerScope {
  readonly startedMs: number;

  constructor(call: CallScope, startedMs: number) {
    super(call);
    this.startedMs = startedMs;
  }
}
