import grpc from '@grpc/grpc-js';
import { codecOf } from './grpc-codec.ts';
import type { Init, Remote, Workload } from './workload.ts';

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The definition of a workload's method as grpc-js takes it, with the codec of `@bufbuild/protobuf`. */
export function grpcDefinition({ method }: Pick<Workload, 'method'>, responseStream = false): grpc.ServiceDefinition {
  const codec = codecOf(method);
  return {
    [method.localName]: {
      path: codec.path,
      requestStream: false,
      responseStream,
      requestSerialize: (message: Init) => view(codec.encodeRequest(message)),
      requestDeserialize: codec.decodeRequest,
      responseSerialize: (message: Init) => view(codec.encodeResponse(message)),
      responseDeserialize: codec.decodeResponse,
    },
  };
}

/** Listens on a port of 127.0.0.1 without TLS. */
export async function listenGrpc(server: grpc.Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

/** The function that makes one call of the workload's method. */
export function grpcUnary(workload: Workload, port: number): (request: Init) => Promise<unknown> {
  const { path, requestSerialize, responseDeserialize } = grpcDefinition(workload)[
    workload.method.localName
  ] as grpc.MethodDefinition<Init, unknown>;
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return (request) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
}

/** `@grpc/grpc-js` on both sides, as its documentation shows it. */
export const grpcJs: Remote = {
  async serve(workload, ports) {
    const server = new grpc.Server();
    const handler: grpc.handleUnaryCall<never, Init> = (call, answer) => answer(null, workload.answer(call.request));
    server.addService(grpcDefinition(workload), { [workload.method.localName]: handler as grpc.UntypedHandleCall });
    await listenGrpc(server, ports.server);
  },
  async connect(workload, ports) {
    const call = grpcUnary(workload, ports.server);
    return () => call(workload.request);
  },
};
