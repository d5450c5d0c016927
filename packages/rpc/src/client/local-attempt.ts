import type { DescMethod } from '@bufbuild/protobuf';
import type { Cancellation } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { EngineCall, LocalCall, Payload } from '../engine/engine.ts';
import type { Metadata } from '../engine/metadata.ts';

/** The call that a try belongs to. */
export interface LocalOrigin extends Cancellation {
  readonly request: { readonly method: DescMethod; readonly payload: Payload };
  readonly dueAtMs: number;
  readonly startedAtMs: number;
  /** What would travel beside the messages. */
  headers(): Metadata;
}

/** A try that stays in the process: nothing is proved or written out, and headers are made only when they are read. */
export class LocalAttempt implements EngineCall, LocalCall {
  readonly method: DescMethod;
  readonly payload: Payload;
  readonly caller: Identity;
  readonly cancellation: LocalOrigin;
  #header: Metadata | undefined = undefined;

  constructor(origin: LocalOrigin, payload: Payload, caller: Identity) {
    this.method = origin.request.method;
    this.payload = payload;
    this.caller = caller;
    this.cancellation = origin;
  }

  get dueAtMs(): number {
    return this.cancellation.dueAtMs;
  }

  get startedAtMs(): number {
    return this.cancellation.startedAtMs;
  }

  get header(): Metadata {
    this.#header ??= this.cancellation.headers();
    return this.#header;
  }

  get local(): LocalCall {
    return this;
  }
}
