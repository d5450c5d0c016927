import type { Message } from '@bufbuild/protobuf';
import type { EngineAnswer } from '../../engine.ts';
import type { Metadata } from '../../metadata.ts';
import type { DecodedBlock } from '../hpack/decoded-block.ts';
import { receivedMetadata } from './metadata.ts';

/** An answer of one message; its fields are read when somebody asks for them. */
export class SingleAnswer implements EngineAnswer {
  readonly payload: Message;
  readonly #head: DecodedBlock;
  readonly #trailers: DecodedBlock;

  constructor(payload: Message, head: DecodedBlock, trailers: DecodedBlock) {
    this.payload = payload;
    this.#head = head;
    this.#trailers = trailers;
  }

  get header(): Metadata {
    return receivedMetadata(this.#head.fields);
  }

  get trailer(): Metadata {
    return receivedMetadata(this.#trailers.fields);
  }
}
