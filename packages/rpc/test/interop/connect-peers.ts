import { createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { DescMethod, DescMethodStreaming, DescMethodUnary } from '@bufbuild/protobuf';
import { type ServiceImpl, type Transport } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { codeNumber } from '@mainstay/kernel';
import {
  bindService,
  type CredentialSource,
  type Credentials,
  createDirectTransport,
  fromConnectError,
  startRpcServer,
} from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import type { InteropEngine } from './engines.ts';
import { type CallOptions, createQueue, type Ending, type OpenCall, type PeerClient, type PeerServer } from './peer.ts';
import { testService } from './test-service.ts';
import { type Fields, messageOf, TestService } from './testing-proto.ts';

const implementation = testService as unknown as Partial<ServiceImpl<typeof TestService>>;

/** Our server, over TLS of both sides when there are credentials. */
export async function startOurServer(engine: InteropEngine, credentials?: Credentials): Promise<PeerServer> {
  const bindings = [bindService(TestService, implementation)];
  return startRpcServer({ ...silent, ...engine.server, ...sourceOf(credentials), bindings, serving: () => true });
}

function sourceOf(credentials: Credentials | undefined): { credentials?: CredentialSource } {
  return credentials === undefined
    ? {}
    : { credentials: { current: () => credentials, onChange: () => () => undefined } };
}

/** What a client of ours may be told. */
export interface OurClientOptions {
  readonly compression?: 'gzip';
  readonly credentials?: Credentials | undefined;
}

/** Our client; it asks for compression when told to. */
export function createOurClient(address: string, engine: InteropEngine, options: OurClientOptions = {}): PeerClient {
  const { compression, credentials } = options;
  const transport = createDirectTransport({
    ...silent,
    ...engine.client,
    ...sourceOf(credentials),
    address,
    maxAttempts: 1,
    ...(compression !== undefined && { compression }),
  });
  return clientOf(transport, () => transport[Symbol.asyncDispose]());
}

/** The library's own server, without anything of ours. */
export async function startConnectNodeServer(credentials?: Credentials): Promise<PeerServer> {
  const adapter = connectNodeAdapter({ routes: (router) => void router.service(TestService, implementation) });
  const server =
    credentials === undefined
      ? createServer(adapter)
      : createSecureServer({ ...nodeOptions(credentials), requestCert: true, rejectUnauthorized: true }, adapter);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The library's own client. */
export function createConnectNodeClient(address: string, credentials?: Credentials): PeerClient {
  const baseUrl = `${credentials === undefined ? 'http' : 'https'}://${address}`;
  const sessions = new Http2SessionManager(baseUrl, undefined, credentials && nodeOptions(credentials));
  const transport = createGrpcTransport({ baseUrl, sessionManager: sessions });
  return clientOf(transport, async () => sessions.abort());
}

function nodeOptions({ certificate, key, authorities }: Credentials): SecureContextOptions {
  return { cert: certificate, key, ca: authorities };
}

function clientOf(transport: Transport, dispose: () => PromiseLike<void>): PeerClient {
  return {
    open: (method, options = {}) => open(transport, method, options),
    [Symbol.asyncDispose]: async () => dispose(),
  };
}

function open(transport: Transport, method: DescMethod, { headers = {}, timeoutMs }: CallOptions): OpenCall {
  const requests = createQueue<Fields>();
  const answers = createQueue<Fields>();
  const controller = new AbortController();
  const { signal } = controller;

  const run = async (): Promise<Ending> => {
    let header = new Headers();
    let trailer = new Headers();
    const ending = (code: number, message: string): Ending => ({
      code,
      message,
      header: (name) => header.get(name) ?? undefined,
      trailer: (name) => trailer.get(name) ?? undefined,
    });
    try {
      if (method.methodKind === 'unary') {
        const [request = {}] = [await requests.next()];
        const unary = method as DescMethodUnary;
        const message = messageOf(method.input, request) as never;
        const answer = await transport.unary(unary, signal, timeoutMs, headers, message);
        ({ header, trailer } = answer);
        answers.push(answer.message as Fields);
      } else {
        const messages = (async function* () {
          for await (const request of requests) yield messageOf(method.input, request) as never;
        })();
        const answer = await transport.stream(method as DescMethodStreaming, signal, timeoutMs, headers, messages);
        ({ header, trailer } = answer);
        for await (const message of answer.message) answers.push(message as Fields);
      }
      return ending(0, '');
    } catch (error) {
      const failure = fromConnectError(error);
      return ending(codeNumber(failure.code), failure.rawMessage);
    } finally {
      requests.end();
      answers.end();
    }
  };

  return {
    send: (request) => requests.push(request),
    end: () => requests.end(),
    next: () => answers.next(),
    cancel: () => controller.abort(),
    ended: run(),
  };
}
