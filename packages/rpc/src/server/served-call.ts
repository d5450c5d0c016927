import type { DescMethod, Message } from '@bufbuild/protobuf';
import { type Clock, PlatformError } from '@mainstay/kernel';
import {
  anonymousIdentity,
  type CallContext,
  runInContext,
  runInContextAlone,
  runnerIn,
  type TraceContext,
} from '@mainstay/kernel/context';
import type { AnswerSink, EngineAnswer, EngineCall, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import { rpcReasons } from '../errors.ts';
import { withLocalizedMessage } from '../messages/localized-message.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { CallScope, callIsOver } from '../wire/call-scope.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { isStream, mapStream } from '../wire/streams.ts';
import { AnswerStream } from './answer-stream.ts';
import type { ServedFailure } from './observe-call.ts';
import { publishError } from './publish-error.ts';
import { readTimeout, readTrace } from './read-context.ts';
import type { RunningCall } from './running-call.ts';
import { ServedContext } from './served-context.ts';
import type { ServedMethod } from './served-method.ts';
import type { AccountedCall, ServerShared } from './server-shared.ts';

/**
 * One call being served: its life, what its handler is told, and its answer.
 *
 * States: running → over. Over is the call when its answer is there, a stream of answers when it ends; early when the
 * caller goes away or the deadline passes, even when the handler does not notice.
 */
export class ServedCall extends CallScope implements EngineAnswer, RunningCall, AccountedCall {
  readonly served: ServedMethod;
  readonly incoming: EngineCall;
  readonly clock: Clock;
  undatedPlace = -1;
  readonly #shared: ServerShared;
  readonly #startedAtMs: number;
  #trace: TraceContext | undefined = undefined;
  #header: Metadata | undefined = undefined;
  #trailer: Metadata | undefined = undefined;
  #payload: Payload | undefined = undefined;
  /** Undefined until the caller is known. */
  #context: CallContext | undefined = undefined;
  #isOver = false;
  /** Set while a handler is waited for, which a cut ends. */
  #waiting: AnswerSink | undefined = undefined;

  constructor(shared: ServerShared, served: ServedMethod, incoming: EngineCall) {
    const { local } = incoming;
    const startedAtMs = local?.startedAtMs ?? shared.clock.monotonicMs();
    super(shared, local?.dueAtMs ?? startedAtMs + readTimeout(incoming.header, served.policy));
    this.#shared = shared;
    this.served = served;
    this.incoming = incoming;
    this.clock = shared.clock;
    this.#startedAtMs = startedAtMs;
    // A caller in this process cancels at the deadline.
    if (local === undefined) this.watchDeadline(startedAtMs);
    shared.enter(this);
    this.follow(incoming.cancellation);
  }

  get method(): DescMethod {
    return this.served.method;
  }

  get name(): string {
    return this.served.name;
  }

  get trace(): TraceContext {
    this.#trace ??= readTrace(this.incoming.header);
    return this.#trace;
  }

  /** Headers of the answer, filled as the handler runs. */
  get responseHeader(): Metadata {
    this.#header ??= new Metadata();
    return this.#header;
  }

  get responseTrailer(): Metadata {
    this.#trailer ??= new Metadata();
    return this.#trailer;
  }

  get payload(): Payload {
    return this.#payload as Payload;
  }

  get header(): Metadata | undefined {
    return this.#header;
  }

  get trailer(): Metadata | undefined {
    return this.#trailer;
  }

  /** Checks the call and runs its handler; to be called once. */
  run(sink: AnswerSink): void {
    let returned: unknown;
    try {
      const { invoke } = this.served;
      const { refusal } = this.#shared;
      if (refusal !== undefined) throw refusal;
      const context = new ServedContext(this, this.#shared.admitCaller(this.incoming, this.served.policy));
      this.#context = context;
      if (invoke === undefined) {
        throw new PlatformError(rpcReasons.METHOD_UNKNOWN, `${this.served.name} is not served here`);
      }
      const payload = this.#admit(context);
      if (this.isCanceled) throw abortFailure(this.reason, 'no');
      returned = runInContextAlone(context, () => invoke(this, payload));
    } catch (error) {
      sink.onFailure(this.#fail(error));
      return;
    }
    if (isPromise(returned)) this.#wait(sink, returned);
    else this.#answer(sink, returned);
  }

  /** Checks what is asked, and that a keyed method has its key; gives what the handler may read. */
  #admit(context: CallContext): Payload {
    const { policy, name, check } = this.served;
    const { payload } = this.incoming;
    const isOne = !isStream<Message>(payload);
    if (isOne) check?.(payload);
    if (policy.idempotency === 'keyed' && context.idempotencyKey === undefined) {
      throw new PlatformError(rpcReasons.IDEMPOTENCY_KEY_REQUIRED, `${name} demands an idempotency key`);
    }
    if (isOne || check === undefined) return payload;
    return mapStream(payload, (message) => {
      check(message);
      return message;
    });
  }

  /** Waits for a handler, but not longer than the call lives. */
  #wait(sink: AnswerSink, returned: PromiseLike<unknown>): void {
    if (this.isCanceled) {
      returned.then(undefined, () => undefined);
      sink.onFailure(this.#fail(this.reason));
      return;
    }
    this.#waiting = sink;
    returned.then(
      (value) => {
        if (this.#isOver) return;
        this.#waiting = undefined;
        this.#answer(sink, value);
      },
      (error: unknown) => {
        if (this.#isOver) return;
        this.#waiting = undefined;
        sink.onFailure(this.#fail(error));
      },
    );
  }

  #answer(sink: AnswerSink, value: unknown): void {
    try {
      if (this.served.hasAnswerStream) this.#guard(value as AsyncIterable<unknown>);
      else this.#complete(value);
    } catch (error) {
      sink.onFailure(this.#fail(error));
      return;
    }
    sink.onAnswer(this);
  }

  #complete(value: unknown): void {
    this.#payload = this.served.complete(value);
    this.#succeed();
  }

  #guard(stream: AsyncIterable<unknown>): void {
    // Whoever takes the answer before its end sees what the handler adds until then.
    this.#trailer ??= new Metadata();
    this.#payload = new AnswerStream(stream, {
      scope: this,
      complete: this.served.complete,
      run: runnerIn(this.#context!),
      succeed: () => this.#succeed(),
      fail: (error) => this.#fail(error),
    });
  }

  override onCut(reason: unknown): void {
    const sink = this.#waiting;
    if (sink === undefined) return;
    this.#waiting = undefined;
    sink.onFailure(this.#fail(reason));
  }

  #succeed(): void {
    if (!this.#isOver) this.#over();
  }

  /** Ends the call; gives back the error to show. */
  #fail(thrown: unknown): PlatformError {
    const failure = this.#failureOf(thrown);
    if (this.#isOver) return failure;
    const { error, errorId } = publishError(failure, this.served.policy);
    this.#over({ error: failure, errorId });
    return withLocalizedMessage(error, this.incoming.header.get(headers.acceptLanguage), this.#shared.messages);
  }

  /** The error of a call: why it was cut off, when it was, else what was thrown. */
  #failureOf(thrown: unknown): PlatformError {
    if (!this.isCanceled || thrown !== this.reason || thrown === callIsOver) return fromConnectError(thrown);
    const reason = fromConnectError(thrown);
    return reason.reason === rpcReasons.SERVER_DRAINING.name ? reason : abortFailure(thrown, 'maybe');
  }

  #over(failure?: ServedFailure): void {
    this.#isOver = true;
    this.end();
    this.#shared.leave(this);
    const { observer } = this.served;
    if (failure === undefined) {
      observer.ended(this.#startedAtMs);
      return;
    }
    // The log line names the trace.
    const context = this.#context ?? { trace: this.trace, identity: anonymousIdentity };
    runInContext(context, () => observer.ended(this.#startedAtMs, failure));
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
