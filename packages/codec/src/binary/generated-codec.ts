import type { DescMessage, Message } from '@bufbuild/protobuf';
import { generate } from '../generated-code.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type ReadMessage, readSource } from './read-source.ts';
import { type WriteMessage, writeSource } from './write-source.ts';

/** Larger messages are not read here, in bytes. */
const maxReadBytes = 2 ** 30 - 1;

// One of each for all messages: neither calls anything that could come back.
const reader = new ByteReader();
const writer = new ByteWriter();

/** Functions made for one covered message, which may give up; they are made when they are first used. */
export class GeneratedCodec {
  readonly #desc: DescMessage;
  #write: WriteMessage | undefined;
  #read: ReadMessage | undefined;

  constructor(desc: DescMessage) {
    this.#desc = desc;
  }

  /**
   * Writes a message.
   *
   * @returns undefined when a value is not of the type that its field has.
   */
  tryWrite(message: Message): Uint8Array | undefined {
    this.#write ??= generate<WriteMessage>(writeSource(this.#desc));
    writer.begin();
    this.#write(writer, message);
    return writer.finish();
  }

  /**
   * Reads a message.
   *
   * @returns undefined when the bytes are malformed, or in a form that is seldom used.
   */
  tryRead(bytes: Uint8Array): Message | undefined {
    this.#read ??= generate<ReadMessage>(readSource(this.#desc));
    const { length } = bytes;
    if (length > maxReadBytes) return undefined;
    reader.begin(bytes);
    const message = this.#read(reader, length, 1);
    reader.end();
    return reader.pos === length ? message : undefined;
  }
}
