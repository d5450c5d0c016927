import type { Message } from '@bufbuild/protobuf';
import type { CancelListener, PlatformError } from '@mainstay/kernel';
import { type CallScope, callIsOver } from '../wire/call-scope.ts';

type Result = IteratorResult<Message, undefined>;

/** What a stream of answers is kept inside of. */
export interface AnswerGuard {
  readonly scope: CallScope;
  /** Makes a message of what the handler yields. */
  complete(value: unknown): Message;
  /** Runs a step of the handler in the context of its call. */
  run<T>(step: () => T): T;
  /** Ends the call. */
  succeed(): void;
  /** Ends the call; gives back the error to show. */
  fail(error: unknown): PlatformError;
}

const ended: Result = { done: true, value: undefined };

/**
 * Keeps a handler's stream inside its call: every step runs in the context of the call, the stream fails at the
 * deadline or when the caller goes away, and the handler's `finally` blocks run however it ends.
 *
 * States: idle ⇄ stepping (the handler makes the next message) → over.
 *
 * Cost: one promise a message beside the handler's own and no closure; what a step needs is made once.
 */
export class AnswerStream implements AsyncIterable<Message>, AsyncIterator<Message, undefined>, CancelListener {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #guard: AnswerGuard;
  #isStepping = false;
  #isOver = false;
  /** Why it ended, until somebody was told. */
  #failure: PlatformError | undefined = undefined;
  #step: Promise<Result> = Promise.resolve(ended);
  #resolve: (result: Result) => void = ignore;
  #reject: (error: unknown) => void = ignore;

  constructor(source: AsyncIterable<unknown>, guard: AnswerGuard) {
    this.#guard = guard;
    this.#iterator = guard.run(() => source[Symbol.asyncIterator]());
    // A caller that went away asks for nothing more, so this is the only notice of it.
    guard.scope.listen(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#isStepping) return this.#step.then(this.#nextInTurn, this.#nextInTurn);
    if (this.#isOver) return this.#afterEnd();
    this.#step = new Promise(this.#begin);
    return this.#step;
  }

  async return(): Promise<Result> {
    this.#stop();
    this.#guard.succeed();
    this.#end(undefined);
    return ended;
  }

  onCancel(reason: unknown): void {
    if (reason === callIsOver || this.#isOver) return;
    this.#stop();
    this.#end(this.#guard.fail(reason));
  }

  readonly #nextInTurn = (): Promise<Result> => this.next();

  readonly #ask = (): Promise<IteratorResult<unknown>> => this.#iterator.next();

  readonly #begin = (resolve: (result: Result) => void, reject: (error: unknown) => void): void => {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#isStepping = true;
    try {
      this.#guard.run(this.#ask).then(this.#onResult, this.#onFailure);
    } catch (error) {
      this.#onFailure(error);
    }
  };

  readonly #onResult = (result: IteratorResult<unknown>): void => {
    if (this.#isOver) return;
    if (result.done === true) {
      this.#guard.succeed();
      this.#end(undefined);
      return;
    }
    let message: Message;
    try {
      message = this.#guard.complete(result.value);
    } catch (error) {
      this.#stop();
      this.#onFailure(error);
      return;
    }
    this.#isStepping = false;
    this.#resolve({ done: false, value: message });
  };

  readonly #onFailure = (error: unknown): void => {
    if (!this.#isOver) this.#end(this.#guard.fail(error));
  };

  #end(failure: PlatformError | undefined): void {
    this.#isOver = true;
    const isAwaited = this.#isStepping;
    this.#isStepping = false;
    if (!isAwaited) this.#failure = failure;
    else if (failure === undefined) this.#resolve(ended);
    else this.#reject(failure);
  }

  #afterEnd(): Promise<Result> {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve(ended) : Promise.reject(failure);
  }

  /** Lets the handler clean up; it may be stuck before it notices, so nobody waits for it. */
  #stop(): void {
    void this.#guard.run(() => this.#iterator.return?.())?.catch(ignore);
  }
}

const ignore = (): void => undefined;
