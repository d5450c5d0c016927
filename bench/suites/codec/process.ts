import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import * as protoLoader from '@grpc/proto-loader';
import { binaryCodec, jsonWriter } from '@mainstay/codec';
import type { Subject } from '../../harness/child.ts';
import { type Measured, measuring } from '../../harness/one-process.ts';
import { echo } from '../../remote/echo.ts';
import { productList } from '../../remote/product-list.ts';
import type { Workload } from '../../remote/workload.ts';

/** A message as a contender has it, and how the contender writes and reads it. */
interface Codec {
  readonly message: unknown;
  write(message: unknown): Uint8Array | string;
  read(bytes: Uint8Array | string): unknown;
  /** Protobuf's JSON, where the contender has it: proto field names, zero values included. */
  json?(message: unknown): string;
}

const jsonOptions = { useProtoFieldName: true, alwaysEmitImplicit: true };

const answerOf = (workload: Workload) =>
  create(workload.method.output, workload.answer(create(workload.method.input, workload.request) as never));

const contenders: Readonly<Record<string, (workload: Workload) => Codec>> = {
  mainstay: (workload) => {
    const { output } = workload.method;
    const codec = binaryCodec(output);
    const writeJson = jsonWriter(output);
    return {
      message: answerOf(workload),
      write: (message) => codec.write(message as never),
      read: (bytes) => codec.read(bytes as Uint8Array),
      json: (message) => writeJson(message as never) ?? '',
    };
  },
  'protobuf-es': (workload) => {
    const { output } = workload.method;
    return {
      message: answerOf(workload),
      write: (message) => toBinary(output, message as never),
      read: (bytes) => fromBinary(output, bytes as Uint8Array),
      json: (message) => JSON.stringify(toJson(output, message as never, jsonOptions)),
    };
  },
  'proto-loader': ({ protoFile, protoFolders, service, method, plainAnswer, plainRequest }) => {
    const loaded = protoLoader.loadSync(protoFile, { includeDirs: [...protoFolders] });
    const definition = loaded[service.typeName] as protoLoader.ServiceDefinition;
    const { responseSerialize, responseDeserialize } = definition[method.name]!;
    return {
      message: plainAnswer(plainRequest as never),
      write: (message) => responseSerialize(message as object),
      read: (bytes) => responseDeserialize(bytes as Buffer),
    };
  },
  JSON: ({ plainAnswer, plainRequest }) => ({
    message: plainAnswer(plainRequest as never),
    write: (message) => JSON.stringify(message),
    read: (text) => JSON.parse(text as string),
    json: (message) => JSON.stringify(message),
  }),
};

function cases(name: string, codec: Codec): Record<string, Measured> {
  const { message } = codec;
  const written = codec.write(message);
  const bytes = typeof written === 'string' ? written : Buffer.from(written);
  if (JSON.stringify(codec.write(codec.read(bytes))) !== JSON.stringify(written)) throw new Error('wrong bytes');
  const json =
    codec.json?.(message) === undefined
      ? {}
      : { [`JSON of ${name}`]: { call: () => codec.json?.(message), isSync: true } };
  return {
    [`write ${name}`]: { call: () => codec.write(message), isSync: true },
    [`read ${name}`]: { call: () => codec.read(bytes), isSync: true },
    ...json,
  };
}

/** A process with one contender. */
export async function start(name: string): Promise<Subject> {
  const codec = contenders[name];
  if (codec === undefined) throw new Error(`no contender named ${name}`);
  return measuring({ ...cases('a small message', codec(echo)), ...cases('20 products', codec(productList)) });
}
