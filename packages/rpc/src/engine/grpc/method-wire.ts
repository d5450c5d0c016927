import { type DescMethod, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';

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
  const { input, output, methodKind } = method;
  const wire: MethodWire = {
    method,
    path: `/${method.parent.typeName}/${method.name}`,
    hasRequestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    hasAnswerStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    writeRequest: (message) => toBinary(input, message as never),
    readRequest: (bytes) => fromBinary(input, bytes),
    writeAnswer: (message) => toBinary(output, message as never),
    readAnswer: (bytes) => fromBinary(output, bytes),
  };
  known.set(method, wire);
  return wire;
}
