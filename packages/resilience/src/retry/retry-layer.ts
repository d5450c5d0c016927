import {
  type Clock,
  optionError,
  type PlatformError,
  remainingMs,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import type { Idempotency } from '../policy/policy-types.ts';
import { type BackoffOptions, nextDelayMs } from './backoff.ts';
import { decideRetry, type NoRetryReason } from './decide-retry.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetrySettings } from './retry-options.ts';

/** Why a failed call was passed on: the decision, a cancelled call, or an empty budget. */
export type GiveUpReason = NoRetryReason | 'canceled' | 'budget';

/** What `retry` and `createRetry` make of their own options. */
export interface RetryLayerOptions extends RetrySettings {
  readonly budget: RetryBudget | undefined;
  readonly onRetry: (attempt: number, delayMs: number, error: PlatformError) => void;
  /** Chooses what is thrown at the end. */
  readonly atEnd: (thrown: unknown, error: PlatformError, why: GiveUpReason) => unknown;
}

/** Repeats what lies inside while `decideRetry` says so; the machine behind `retry` and `createRetry`. */
export class RetryLayer extends LayerPolicy {
  readonly idempotency: Idempotency;
  readonly maxAttempts: number;
  readonly maxWaitMs: number;
  readonly backoff: BackoffOptions;
  readonly clock: Clock;
  readonly toError: (thrown: unknown) => PlatformError;
  readonly budget: RetryBudget | undefined;
  readonly onRetry: RetryLayerOptions['onRetry'];
  readonly atEnd: RetryLayerOptions['atEnd'];

  constructor(options: RetryLayerOptions) {
    super();
    const baseDelayMs = positive('retry.baseDelayMs', options.baseDelayMs ?? 50);
    const maxDelayMs = positive('retry.maxDelayMs', options.maxDelayMs ?? 2_000);
    const { maxWaitMs = 10_000 } = options;
    if (!(maxWaitMs >= 0)) throw optionError('retry.maxWaitMs', 'a number of at least 0', maxWaitMs);
    this.idempotency = options.idempotency;
    this.maxAttempts = wholeNumber('retry.maxAttempts', options.maxAttempts ?? 3, 1);
    this.maxWaitMs = maxWaitMs;
    this.backoff = {
      baseDelayMs,
      maxDelayMs: Math.max(baseDelayMs, maxDelayMs),
      random: options.random ?? Math.random,
    };
    this.clock = options.clock ?? systemClock;
    this.toError = options.toError ?? toPlatformError;
    this.budget = options.budget;
    this.onRetry = options.onRetry;
    this.atEnd = options.atEnd;
  }

  stages(): readonly Stage[] {
    return [new RetryStage(this)];
  }
}

class RetryStage extends Stage {
  readonly #layer: RetryLayer;
  /** Calls that failed and were repeated; the others leave no trace here. */
  readonly #repeated = new WeakMap<CallScope, Repeats>();

  constructor(layer: RetryLayer) {
    super();
    this.#layer = layer;
  }

  override start(call: CallScope): void {
    this.#layer.budget?.deposit();
    this.inner.start(call);
  }

  override fail(call: CallScope, thrown: unknown): void {
    const { toError, backoff, clock, maxAttempts, maxWaitMs, budget, atEnd, onRetry, idempotency } = this.#layer;
    const error = safely(toError, thrown);
    const before = this.#repeated.get(call);
    const attempt = (before?.count ?? 0) + 1;
    const pauseMs = nextDelayMs(before?.pauseMs, backoff);
    const decision = decideRetry({
      error,
      idempotency: call.root.facts.idempotency ?? idempotency,
      attempt,
      maxAttempts,
      delayMs: pauseMs,
      maxWaitMs,
      remainingMs: remainingMs(call.deadline, clock),
    });
    const giveUp = (why: GiveUpReason): void => {
      this.#repeated.delete(call);
      this.outer.fail(call, atEnd(thrown, error, why));
    };
    if (!decision.retry) giveUp(decision.why);
    else if (call.isCanceled) giveUp('canceled');
    else if (budget?.withdraw() === false) giveUp('budget');
    else {
      this.#repeated.set(call, { count: attempt, pauseMs });
      onRetry(attempt, decision.delayMs, error);
      this.#pause(call, decision.delayMs);
    }
  }

  #pause(call: CallScope, delayMs: number): void {
    const { root } = call;
    root.keepContext();
    const stopTimer = this.#layer.clock.after(delayMs, () => {
      stopListening();
      // A clock of one's own may call back from anywhere.
      root.resume(() => {
        call.attempt += 1;
        this.inner.start(call);
      });
    });
    const stopListening = call.onCancel((reason) => {
      stopTimer();
      root.resume(() => this.outer.fail(call, toPlatformError(reason)));
    });
  }
}

/** What is known of a call that failed and is made again. */
interface Repeats {
  readonly count: number;
  /** The last pause that the back-off made. */
  readonly pauseMs: number;
}

/** A translator that throws says nothing about the call; what the call threw is judged without it. */
function safely(toError: (thrown: unknown) => PlatformError, thrown: unknown): PlatformError {
  try {
    return toError(thrown);
  } catch {
    return toPlatformError(thrown);
  }
}
