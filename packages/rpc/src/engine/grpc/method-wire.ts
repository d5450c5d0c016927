import type { DescMethod, Message } from '@bufbuild/protobuf';
import { binaryCodec } from '@mainstay/codec';

/** What the wire needs to know of a method, resolved once. */
export interface MethodWire {
  readonly method: DescMethod;
  readonly path: string;
  readonly hasRequestStream: boolean;
  readonly hasAnswerStream: boolean;
  writeRequest(message: Message): Uint8Array;
  readRequest(bytes: Uint8Array): Message;
  writeAnswer(message: Message): Uint8Array;
  readAnswer(bytes: Uint8Array): Message;
}

const known = new WeakMap<DescMethod, MethodWire>();

/** Gives the wire form of a method. */
export function methodWire(method: DescMethod): MethodWire {
  const found = known.get(method);
  if (found !== undefined) return found;
  const { methodKind } = method;
  const request = binaryCodec(method.input);
  const answer = binaryCodec(method.output);
  const wire: MethodWire = {
    method,
    path: `/${method.parent.typeName}/${method.name}`,
    hasRequestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    hasAnswerStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    writeRequest: (message) => request.write(message),
    readRequest: (bytes) => request.read(bytes),
    writeAnswer: (message) => answer.write(message),
    readAnswer: (bytes) => answer.read(bytes),
  };
  known.set(method, wire);
  return wire;
}
