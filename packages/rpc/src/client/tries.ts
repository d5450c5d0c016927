import type { Message } from '@bufbuild/protobuf';
import { discoveryReasons } from '@mainstay/discovery';
import { isPlatformError, kernelReasons, PlatformError, remainingMs } from '@mainstay/kernel';
import { runInContext, runOutsideOfCalls } from '@mainstay/kernel/context';
import { decideRetry, nextDelayMs, type RetryDecision } from '@mainstay/resilience';
import { answerOf } from '../engine/answer-of.ts';
import type { AnswerSink, EngineAnswer, EngineCall, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { afterEarlierTry, withRetriesSpent } from '../wire/revise-error.ts';
import { isStream } from '../wire/streams.ts';
import type { CallPlace } from './call-target.ts';
import type { CallerOptions } from './caller-options.ts';
import { countedPayload } from './counted-payload.ts';
import { type HedgedCall, HedgedTry } from './hedged-try.ts';
import type { OutgoingCall, RequestedCall } from './outgoing-call.ts';
import { streamedTry } from './streamed-try.ts';

/** Pauses between tries: long enough for another instance to be chosen, short enough to hide in a call. */
const retryPauses = { baseDelayMs: 10, maxDelayMs: 250 };
/** A call that is asked to wait longer than this is better repeated by whoever made it. */
const longestPauseMs = 1_000;

/** The tries of one call, each at another place as long as there is another. */
export class Tries<T> implements AnswerSink, HedgedCall {
  readonly #call: OutgoingCall;
  readonly #options: CallerOptions;
  readonly #request: RequestedCall<T>;
  readonly #payload: Payload;
  /** Tells of a stream of requests whether it can no longer be sent; undefined for a message, which always can. */
  readonly #wasRead: (() => boolean) | undefined;
  readonly #key: string | undefined;
  /** Of the first try, when it answers to this sink. */
  #place: CallPlace | undefined = undefined;
  #tried: Set<string> | undefined = undefined;
  #failure: PlatformError | undefined = undefined;
  #resolve: ((shown: T) => void) | undefined = undefined;
  #reject: ((failure: PlatformError) => void) | undefined = undefined;

  constructor(call: OutgoingCall, options: CallerOptions, request: RequestedCall<T>) {
    this.#call = call;
    this.#options = options;
    this.#request = request;
    const { payload } = request;
    const counted = isStream<Message>(payload) ? countedPayload(payload) : undefined;
    this.#payload = counted?.payload ?? payload;
    this.#wasRead = counted?.wasRead;
    this.#key = options.target.keyOf?.(call.header ?? noHeader);
  }

  /** Makes the first try, and further ones when it fails; one of both is told how that ends. */
  start(resolve: (shown: T) => void, reject: (failure: PlatformError) => void): void {
    this.#resolve = resolve;
    this.#reject = reject;
    const call = this.#call;
    this.#options.budget.deposit();
    let place: CallPlace | Promise<CallPlace>;
    try {
      if (call.isCanceled) throw refusal(call.reason);
      call.refuseWhenHopeless();
      place = this.#choose();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (place instanceof Promise) {
      this.#settleWith(place.then((chosen) => this.#first(chosen)));
    } else if (this.#request.method.methodKind !== 'unary') {
      this.#settleWith(this.#first(place));
    } else if (call.hedge !== undefined && !place.connection.isLocal && this.#options.target.hasOthers?.() === true) {
      new HedgedTry(this, call.hedge, { place, startedAtMs: call.startedAtMs }).begin();
    } else {
      // What nearly every call is: nothing between the connection and whoever called.
      this.#place = place;
      this.send(place, this);
    }
  }

  onAnswer(answer: EngineAnswer): void {
    this.succeed(answer);
  }

  onFailure(error: unknown): void {
    const place = this.#place!;
    this.#place = undefined;
    this.failedAt(place, error);
  }

  judged(error: unknown): PlatformError {
    return this.#call.judged(fromConnectError(error));
  }

  failedAt(place: CallPlace, error: unknown): void {
    this.inContext(() => this.#settleWith(this.#again(place, error)));
  }

  /** What comes from a socket or the alarm of another call goes on in the context of this one. */
  inContext(run: () => void): void {
    const { context } = this.#call;
    if (context === undefined) runOutsideOfCalls(run);
    else runInContext(context, run);
  }

  get isCanceled(): boolean {
    return this.#call.isCanceled;
  }

  #settleWith(answer: Promise<EngineAnswer>): void {
    answer.then(
      (got) => this.succeed(got),
      (error: unknown) => this.#fail(error),
    );
  }

  succeed(answer: EngineAnswer): void {
    try {
      this.#place?.end(undefined);
      // A stream of answers ends its call itself.
      if (!isStream(answer.payload)) this.#call.finish();
      this.#resolve!(this.#request.present(answer));
    } catch (error) {
      this.#reject!(fromConnectError(error));
    }
  }

  #fail(error: unknown): void {
    const failure = fromConnectError(error);
    this.#call.finish(failure);
    this.#reject!(failure);
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
    const answer = await this.#ask(place);
    if (this.#call.request.method.methodKind !== 'unary') return streamedTry(answer, { place, call: this.#call });
    place.end(undefined);
    return answer;
  }

  /** Another place than the first; a second try at the same one would only be slow, too. */
  elsewhere(first: CallPlace): CallPlace {
    this.#tried = new Set([first.id]);
    const place = this.#choose();
    if (!(place instanceof Promise) && place.id !== first.id) return place;
    throw new PlatformError(discoveryReasons.NO_INSTANCE, `${this.#options.target.service} has no other instance`);
  }

  #ask(place: CallPlace): Promise<EngineAnswer> {
    return answerOf((sink) => this.send(place, sink));
  }

  send(place: CallPlace, sink: AnswerSink): void {
    let call: EngineCall;
    try {
      place.begin();
      call = this.#call.attempt(this.#payload, place.connection.isLocal);
    } catch (error) {
      sink.onFailure(error);
      return;
    }
    place.connection.call(call, sink);
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
      place.end(this.#call.judged(failure));
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
