import { create, type DescMethod, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { Init } from './workload.ts';

/** Bytes of a method's messages by `@bufbuild/protobuf`, for everything that is not a library with a codec of its own. */
export function codecOf(method: DescMethod) {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    encodeRequest: (init: Init): Uint8Array => toBinary(method.input, create(method.input, init)),
    decodeRequest: (bytes: Uint8Array): Message => fromBinary(method.input, bytes),
    encodeResponse: (init: Init): Uint8Array => toBinary(method.output, create(method.output, init)),
    decodeResponse: (bytes: Uint8Array): Message => fromBinary(method.output, bytes),
  };
}

/** A gRPC frame: not compressed, the length in four bytes, the message. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
