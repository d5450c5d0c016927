import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { type ContextValues, createContextValues, type HandlerContext } from '@connectrpc/connect';
import { remainingMs } from '@mainstay/kernel';
import type { RunningCall } from './running-call.ts';

/** What a handler is given beside its request; most of it is made when it is first read. */
export class HandlerCallContext implements HandlerContext {
  readonly #call: RunningCall;
  #values: ContextValues | undefined = undefined;

  constructor(call: RunningCall) {
    this.#call = call;
  }

  get method(): DescMethod {
    return this.#call.method;
  }

  get service(): DescService {
    return this.#call.method.parent;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  timeoutMs(): number | undefined {
    const { deadline, clock } = this.#call;
    return deadline === undefined ? undefined : remainingMs(deadline, clock);
  }

  get requestMethod(): string {
    return 'POST';
  }

  get requestHeader(): Headers {
    return this.#call.incoming.header.toHeaders();
  }

  get responseHeader(): Headers {
    return this.#call.responseHeader.toHeaders();
  }

  get responseTrailer(): Headers {
    return this.#call.responseTrailer.toHeaders();
  }

  get protocolName(): string {
    return 'grpc';
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  get url(): string {
    return `/${this.#call.name}`;
  }
}
