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
import type { Done, Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type BackoffOptions, nextDelayMs } from './backoff.ts';
import { decideRetry, type Idempotency, type NoRetryReason } from './decide-retry.ts';
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

  around(inner: Stage): Stage {
    return new RetryStage(this, inner);
  }
}

class RetryStage implements Stage {
  readonly layer: RetryLayer;
  readonly inner: Stage;

  constructor(layer: RetryLayer, inner: Stage) {
    this.layer = layer;
    this.inner = inner;
  }

  start(call: CallScope, done: Done): void {
    this.layer.budget?.deposit();
    this.inner.start(call, new RetryRun(this, call, done));
  }
}

class RetryRun implements Done {
  readonly #stage: RetryStage;
  readonly #call: CallScope;
  readonly #done: Done;
  readonly #firstAttempt: number;
  #pauseMs: number | undefined;

  constructor(stage: RetryStage, call: CallScope, done: Done) {
    this.#stage = stage;
    this.#call = call;
    this.#done = done;
    this.#firstAttempt = call.attempt;
  }

  succeed(value: unknown): void {
    this.#done.succeed(value);
  }

  fail(thrown: unknown): void {
    const { toError, backoff, clock, maxAttempts, maxWaitMs, budget, atEnd, onRetry, idempotency } = this.#stage.layer;
    const call = this.#call;
    const error = safely(toError, thrown);
    const attempt = call.attempt - this.#firstAttempt + 1;
    this.#pauseMs = nextDelayMs(this.#pauseMs, backoff);
    const decision = decideRetry({
      error,
      idempotency: call.root.facts.idempotency ?? idempotency,
      attempt,
      maxAttempts,
      delayMs: this.#pauseMs,
      maxWaitMs,
      remainingMs: remainingMs(call.deadline, clock),
    });
    if (!decision.retry) this.#done.fail(atEnd(thrown, error, decision.why));
    else if (call.isCanceled) this.#done.fail(atEnd(thrown, error, 'canceled'));
    else if (budget?.withdraw() === false) this.#done.fail(atEnd(thrown, error, 'budget'));
    else {
      onRetry(attempt, decision.delayMs, error);
      this.#pause(decision.delayMs);
    }
  }

  #pause(delayMs: number): void {
    const call = this.#call;
    const stopTimer = this.#stage.layer.clock.after(delayMs, () => {
      stopListening();
      // A clock of one's own may call back from anywhere.
      call.root.resume(() => {
        call.attempt += 1;
        this.#stage.inner.start(call, this);
      });
    });
    const stopListening = call.onCancel((reason) => {
      stopTimer();
      call.root.resume(() => this.#done.fail(toPlatformError(reason)));
    });
  }
}

/** A translator that throws says nothing about the call; what the call threw is judged without it. */
function safely(toError: (thrown: unknown) => PlatformError, thrown: unknown): PlatformError {
  try {
    return toError(thrown);
  } catch {
    return toPlatformError(thrown);
  }
}
