import { type DescMessage, fromBinary, type Message, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { canGenerate } from '../generated-code.ts';
import { isCovered } from './coverage.ts';
import { GeneratedCodec } from './generated-codec.ts';

/** Writes and reads the binary form of one message, as `toBinary` and `fromBinary` of `@bufbuild/protobuf` do. */
export interface BinaryCodec<Shape extends Message = Message> {
  /** @returns bytes that nobody changes any more; they may share their memory with other messages. */
  write(message: Shape): Uint8Array;
  /** @param bytes - must not change while the message lives: its fields of bytes and its unknown fields lie in them. */
  read(bytes: Uint8Array): Shape;
}

const known = new WeakMap<DescMessage, BinaryCodec>();

/**
 * Gives the codec of a message.
 *
 * Its functions are made from the descriptor when they are first used. What they do not take (a value of another type,
 * bytes in an unusual form, a message of a kind that is not covered) goes to `@bufbuild/protobuf`, which decides and
 * throws; so does everything where code may not be generated.
 *
 * Cost: about a millisecond and some KiB for each message at its first use.
 */
export function binaryCodec<Desc extends DescMessage>(desc: Desc): BinaryCodec<MessageShape<Desc>> {
  let codec = known.get(desc);
  if (codec === undefined) {
    codec = canGenerate && isCovered(desc) ? checkedCodec(desc) : referenceCodec(desc);
    known.set(desc, codec);
  }
  return codec as BinaryCodec<MessageShape<Desc>>;
}

function checkedCodec(desc: DescMessage): BinaryCodec {
  const generated = new GeneratedCodec(desc);
  return {
    write: (message) => generated.tryWrite(message) ?? toBinary(desc, message),
    read: (bytes) => generated.tryRead(bytes) ?? fromBinary(desc, bytes),
  };
}

function referenceCodec(desc: DescMessage): BinaryCodec {
  return { write: (message) => toBinary(desc, message), read: (bytes) => fromBinary(desc, bytes) };
}
