import type { DescMethod } from '@bufbuild/protobuf';
import { discoveryReasons } from '@mainstay/discovery';
import {
  type Clock,
  isPlatformError,
  kernelReasons,
  type Logger,
  type Meter,
  PlatformError,
  remainingMs,
} from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { decideRetry, nextDelayMs } from '@mainstay/resilience';
import type { EngineAnswer } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { afterEarlierTry } from '../wire/revise-error.ts';
import { isStream } from '../wire/streams.ts';
import type { CallPlace, CallTarget } from './call-target.ts';
import { createClientObservers } from './observe-client.ts';
import { type CalledMethod, calledMethod, OutgoingCall, type RequestedCall } from './outgoing-call.ts';
import { tryAt } from './try-at.ts';
import { type CountedPayload, countedPayload, watchedAnswer } from './watch-payload.ts';

/** What a caller is made of. */
export interface CallerOptions {
  readonly target: CallTarget;
  readonly identity: IdentitySigner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxAttempts: number;
  /** Source of randomness in [0, 1). */
  readonly random: () => number;
}

/** Pauses between tries: long enough for another instance to be chosen, short enough to hide in a call. */
const retryPauses = { baseDelayMs: 10, maxDelayMs: 250 };
/** A call that is asked to wait longer than this is better repeated by whoever made it. */
const longestPauseMs = 1_000;

/** Makes a call, and gives its answer as `present` shows it. */
export type Caller = <T>(request: RequestedCall, present: (answer: EngineAnswer) => T) => Promise<T>;

/**
 * Makes the function that makes calls: deadline, headers, tries, and what is measured.
 *
 * A call with nothing left is refused before anything is sent. A failed try is repeated, elsewhere when there is an
 * elsewhere, when `decideRetry` allows it.
 */
export function createCaller(options: CallerOptions): Caller {
  const { clock } = options;
  const observerOf = createClientObservers(options);
  const known = new WeakMap<DescMethod, CalledMethod>();

  const calledOf = (method: DescMethod): CalledMethod => {
    let called = known.get(method);
    if (called === undefined) {
      called = calledMethod(method, observerOf(method));
      known.set(method, called);
    }
    return called;
  };

  return (request, present) => {
    const call = new OutgoingCall(clock, calledOf(request.method), { request, context: currentContext() });
    const tries = new Tries(call, options);
    return tries.first().then(
      (answer) => {
        if (isStream(answer.payload)) return present(watchedAnswer(answer, call));
        call.finish();
        return present(answer);
      },
      (error: unknown) => {
        const failure = fromConnectError(error);
        call.finish(failure);
        throw failure;
      },
    );
  };
}

/** The tries of one call. */
class Tries {
  readonly #call: OutgoingCall;
  readonly #options: CallerOptions;
  readonly #payload: CountedPayload;
  readonly #key: string | undefined;
  #tried: Set<string> | undefined = undefined;
  #failure: PlatformError | undefined = undefined;

  constructor(call: OutgoingCall, options: CallerOptions) {
    this.#call = call;
    this.#options = options;
    this.#payload = countedPayload(call.request.payload);
    this.#key = options.target.keyOf?.(call.header ?? noHeader);
  }

  /** Makes the first try, and further ones when it fails. */
  first(): Promise<EngineAnswer> {
    try {
      if (this.#call.isCanceled) throw refusal(this.#call.reason);
      const place = this.#choose();
      if (place instanceof Promise) return place.then((chosen) => this.#first(chosen));
      return this.#first(place);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #first(place: CallPlace): Promise<EngineAnswer> {
    return this.#try(place).catch((error: unknown) => this.#again(place, error));
  }

  #try(place: CallPlace): Promise<EngineAnswer> {
    const call = this.#call;
    return tryAt(place, call.attempt(this.#payload.payload, place.connection.isLocal), {
      signer: this.#options.identity,
      context: call.context,
      deadline: call.deadline,
    });
  }

  async #again(firstPlace: CallPlace, firstError: unknown): Promise<EngineAnswer> {
    const { clock, maxAttempts, logger, target, random } = this.#options;
    const { policy, request, deadline, context, header } = this.#call;
    const hasKey = context?.idempotencyKey !== undefined || header?.has(headers.idempotencyKey) === true;
    const idempotency = policy.idempotency === 'keyed' && !hasKey ? 'none' : policy.idempotency;
    const tried = new Set<string>();
    this.#tried = tried;
    let place = firstPlace;
    let error = firstError;
    let pauseMs: number | undefined;
    for (let attempt = 1; ; attempt++) {
      tried.add(place.id);
      this.#failure = afterEarlierTry(this.#failure, fromConnectError(error));
      pauseMs = nextDelayMs(pauseMs, { ...retryPauses, random });
      const decision = decideRetry({
        error: this.#failure,
        idempotency,
        attempt,
        maxAttempts: policy.retry === 'never' || this.#payload.wasRead() ? 1 : maxAttempts,
        delayMs: pauseMs,
        maxWaitMs: longestPauseMs,
        remainingMs: remainingMs(deadline, clock),
      });
      if (!decision.retry || this.#call.isCanceled) throw this.#failure;
      logger.debug('trying a call again', {
        target: target.service,
        rpc: request.method.name,
        reason: this.#failure.reason,
      });
      // Cut short by the caller or the deadline, which is seen next.
      await clock.sleep(decision.delayMs, this.#call.signal).catch(() => undefined);
      if (this.#call.isCanceled) throw this.#failure;
      place = await this.#choose();
      try {
        return await this.#try(place);
      } catch (thrown) {
        error = thrown;
      }
    }
  }

  /**
   * Chooses a place, and waits for one where the target wants that.
   *
   * When the last instance went away between two tries, the failure of the try tells more than its absence.
   */
  #choose(): CallPlace | Promise<CallPlace> {
    const { target } = this.#options;
    try {
      return target.choose(this.#tried, this.#key);
    } catch (error) {
      const isEmpty = isPlatformError(error, discoveryReasons.NO_INSTANCE);
      const waiting = isEmpty ? target.waitForPlace?.(this.#call) : undefined;
      if (waiting === undefined) throw this.#failure ?? error;
      return waiting.then(() => {
        if (this.#call.isCanceled) throw this.#failure ?? refusal(this.#call.reason);
        return this.#choose();
      });
    }
  }
}

const noHeader = new Metadata();

function refusal(cause: unknown): PlatformError {
  const failure = abortFailure(cause, 'no');
  if (failure.code !== 'deadline_exceeded') return failure;
  const message = 'no time was left for the call, it was not sent';
  return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, message, { executed: 'no', cause });
}
