import type { Message } from '@bufbuild/protobuf';
import { discoveryReasons } from '@mainstay/discovery';
import { type Cancellation, isPlatformError, kernelReasons, PlatformError, remainingMs } from '@mainstay/kernel';
import { decideRetry, type Hedge, nextDelayMs, type RetryDecision } from '@mainstay/resilience';
import type { EngineAnswer, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { afterEarlierTry, withRetriesSpent } from '../wire/revise-error.ts';
import { isStream } from '../wire/streams.ts';
import type { CallPlace } from './call-target.ts';
import type { CallerOptions } from './caller-options.ts';
import { countedPayload } from './counted-payload.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { anotherWasFaster, RacingTry } from './racing-try.ts';
import { streamedTry } from './streamed-try.ts';

/** Pauses between tries: long enough for another instance to be chosen, short enough to hide in a call. */
const retryPauses = { baseDelayMs: 10, maxDelayMs: 250 };
/** A call that is asked to wait longer than this is better repeated by whoever made it. */
const longestPauseMs = 1_000;

/** The tries of one call, each at another place as long as there is another. */
export class Tries {
  readonly #call: OutgoingCall;
  readonly #options: CallerOptions;
  readonly #payload: Payload;
  /** Tells of a stream of requests whether it can no longer be sent; undefined for a message, which always can. */
  readonly #wasRead: (() => boolean) | undefined;
  readonly #key: string | undefined;
  #tried: Set<string> | undefined = undefined;
  #failure: PlatformError | undefined = undefined;

  constructor(call: OutgoingCall, options: CallerOptions) {
    this.#call = call;
    this.#options = options;
    const { payload } = call.request;
    const counted = isStream<Message>(payload) ? countedPayload(payload) : undefined;
    this.#payload = counted?.payload ?? payload;
    this.#wasRead = counted?.wasRead;
    this.#key = options.target.keyOf?.(call.header ?? noHeader);
  }

  /** Makes the first try, and further ones when it fails; one of the two functions is told how that ends. */
  start<T>(onAnswer: (answer: EngineAnswer) => T, onFailure: (error: unknown) => never): Promise<T> {
    this.#options.budget.deposit();
    let place: CallPlace | Promise<CallPlace>;
    try {
      if (this.#call.isCanceled) throw refusal(this.#call.reason);
      place = this.#choose();
    } catch (error) {
      return new Promise(() => onFailure(error));
    }
    if (place instanceof Promise) {
      return place.then((chosen) => this.#first(chosen)).then(onAnswer, onFailure);
    }
    if (this.#call.request.method.methodKind !== 'unary') return this.#first(place).then(onAnswer, onFailure);
    const { hedge } = this.#call;
    if (hedge !== undefined && !place.connection.isLocal) return this.#hedged(hedge, place).then(onAnswer, onFailure);
    // What nearly every call is: one promise between the connection and whoever called.
    const tried = place;
    return this.#send(tried).then(
      (answer) => {
        tried.end(undefined);
        return onAnswer(answer);
      },
      (error: unknown) => this.#again(tried, error).then(onAnswer, onFailure),
    );
  }

  async #first(place: CallPlace): Promise<EngineAnswer> {
    try {
      return await this.#try(place);
    } catch (error) {
      return await this.#again(place, error);
    }
  }

  /** Makes one try; ends the place only when it is good. */
  async #try(place: CallPlace): Promise<EngineAnswer> {
    const answer = await this.#send(place);
    if (this.#call.request.method.methodKind !== 'unary') return streamedTry(answer, { place, call: this.#call });
    place.end(undefined);
    return answer;
  }

  /** The first try, and a second one elsewhere when its answer is late; the first answer counts. */
  async #hedged(hedge: Hedge, first: CallPlace): Promise<EngineAnswer> {
    const racing: RacingTry[] = [];
    let last = first;
    const race = async (): Promise<EngineAnswer> => {
      last = racing.length === 0 ? first : this.#elsewhere(first);
      const place = last;
      const one = new RacingTry(this.#call);
      racing.push(one);
      try {
        const answer = await this.#send(place, one);
        place.end(undefined);
        return answer;
      } catch (error) {
        place.end(fromConnectError(error));
        throw error;
      } finally {
        one.leave();
      }
    };
    try {
      const answer = await hedge.execute(race, { deadline: this.#call.deadline });
      if (racing.length > 1) for (const one of racing) one.cancel(anotherWasFaster);
      return answer;
    } catch (error) {
      return await this.#again(last, error);
    }
  }

  /** Another place than the first; a second try at the same one would only be slow, too. */
  #elsewhere(first: CallPlace): CallPlace {
    this.#tried = new Set([first.id]);
    const place = this.#choose();
    if (!(place instanceof Promise) && place.id !== first.id) return place;
    throw new PlatformError(discoveryReasons.NO_INSTANCE, `${this.#options.target.service} has no other instance`);
  }

  #send(place: CallPlace, cancellation: Cancellation = this.#call): Promise<EngineAnswer> {
    place.begin();
    try {
      const call = this.#call.attempt(this.#payload, place.connection.isLocal);
      return place.connection.call(cancellation === this.#call ? call : { ...call, cancellation });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #again(firstPlace: CallPlace, firstError: unknown): Promise<EngineAnswer> {
    const { clock, logger, target, random, budget } = this.#options;
    const tried = new Set<string>();
    this.#tried = tried;
    let place = firstPlace;
    let error = firstError;
    let pauseMs: number | undefined;
    for (let attempt = 1; ; attempt++) {
      const failure = fromConnectError(error);
      place.end(failure);
      tried.add(place.id);
      this.#failure = afterEarlierTry(this.#failure, failure);
      pauseMs = nextDelayMs(pauseMs, { ...retryPauses, random });
      const decision = this.#decide(attempt, this.#failure, pauseMs);
      if (!decision.retry)
        throw attempt > 1 && decision.why === 'attempts' ? withRetriesSpent(this.#failure, 'attempts') : this.#failure;
      if (this.#call.isCanceled) throw this.#failure;
      if (!budget.withdraw()) throw withRetriesSpent(this.#failure, 'budget');
      const { reason } = this.#failure;
      logger.debug('trying a call again', { target: target.service, rpc: this.#call.request.method.name, reason });
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

  /** Whether there is another try, and after which pause. */
  #decide(attempt: number, error: PlatformError, delayMs: number): RetryDecision {
    const { policy, deadline, context, header } = this.#call;
    const { clock, maxAttempts } = this.#options;
    const hasKey = context?.idempotencyKey !== undefined || header?.has(headers.idempotencyKey) === true;
    return decideRetry({
      error,
      idempotency: policy.idempotency === 'keyed' && !hasKey ? 'none' : policy.idempotency,
      attempt,
      maxAttempts: policy.retry === 'never' || this.#wasRead?.() === true ? 1 : maxAttempts,
      delayMs,
      maxWaitMs: longestPauseMs,
      remainingMs: remainingMs(deadline, clock),
    });
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
