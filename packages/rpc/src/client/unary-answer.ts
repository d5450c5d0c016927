import type { DescMethodUnary, DescService, Message } from '@bufbuild/protobuf';
import type { UnaryResponse } from '@connectrpc/connect';
import type { EngineAnswer } from '../engine/engine.ts';
import { Metadata, toHeaders } from '../engine/metadata.ts';

/** The answer of a unary call as Connect's clients take it; headers are made when they are read. */
export class UnaryAnswer implements UnaryResponse {
  readonly stream = false;
  readonly method: DescMethodUnary;
  readonly #answer: EngineAnswer;
  #fields: Metadata | undefined = undefined;
  #header: Headers | undefined = undefined;
  #trailer: Headers | undefined = undefined;

  constructor(method: DescMethodUnary, answer: EngineAnswer) {
    this.method = method;
    this.#answer = answer;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get message(): Message {
    return this.#answer.payload as Message;
  }

  get header(): Headers {
    this.#header ??= toHeaders(this.fields);
    return this.#header;
  }

  /** The fields of {@link header}, as they came. */
  get fields(): Metadata {
    this.#fields ??= this.#answer.header ?? new Metadata();
    return this.#fields;
  }

  get trailer(): Headers {
    this.#trailer ??= toHeaders(this.#answer.trailer);
    return this.#trailer;
  }
}
