import type { Message } from '@bufbuild/protobuf';
import { type CancelListener, isPlatformError, type PlatformError } from '@mainstay/kernel';
import { abortFailure } from '../wire/abort-failure.ts';
import { callIsOver } from '../wire/call-scope.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import type { CallPlace } from './call-target.ts';
import type { OutgoingCall } from './outgoing-call.ts';

type Result = IteratorResult<Message, undefined>;

const ended: Result = { done: true, value: undefined };

/** Whom a stream of answers belongs to. */
export interface AnswersOwner {
  readonly call: OutgoingCall;
  readonly place: CallPlace;
}

/**
 * The answers of a call to its reader: they end the call and its try at the last one, at a failure, or when the call is
 * cut off.
 *
 * A read that waits is rejected by the connection when the call is canceled, so no read needs to be raced here.
 */
export class ReceivedAnswers implements AsyncIterable<Message>, AsyncIterator<Message, undefined>, CancelListener {
  readonly #source: AsyncIterator<Message>;
  readonly #call: OutgoingCall;
  readonly #place: CallPlace;
  /** Read already, to see whether the try is good. */
  #first: IteratorResult<Message> | undefined;
  #isOver = false;

  constructor(source: AsyncIterator<Message>, owner: AnswersOwner, first?: IteratorResult<Message>) {
    this.#source = source;
    this.#call = owner.call;
    this.#place = owner.place;
    this.#first = first;
    this.#call.listen(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#call.isCanceled && this.#call.reason !== callIsOver) throw abortFailure(this.#call.reason, 'maybe');
    const first = this.#first;
    this.#first = undefined;
    try {
      const result = first ?? (await this.#source.next());
      if (result.done !== true) return result;
      this.#end(undefined);
      return ended;
    } catch (error) {
      const failure = this.#failureOf(error);
      this.#end(failure);
      throw failure;
    }
  }

  async return(): Promise<Result> {
    this.#end(undefined);
    await this.#source.return?.();
    return ended;
  }

  onCancel(reason: unknown): void {
    if (reason === callIsOver || this.#isOver) return;
    this.#isOver = true;
    // It was ended by our side, which tells nothing about the place.
    this.#place.end(undefined);
    this.#call.finish(abortFailure(reason, 'maybe'));
    // Nobody may be reading, and the place of the call counts its streams.
    void this.#source.return?.().catch(() => undefined);
  }

  #failureOf(error: unknown): PlatformError {
    if (isPlatformError(error) && error !== this.#call.reason) return error;
    return this.#call.isCanceled ? abortFailure(this.#call.reason, 'maybe') : fromConnectError(error);
  }

  #end(failure: PlatformError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#place.end(failure && this.#call.judged(failure));
    this.#call.finish(failure);
  }
}
