import type { DescMethodStreaming, DescMethodUnary, Message } from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { createTransport } from '@connectrpc/connect/protocol-grpc';
import { createNodeHttpClient, Http2SessionManager } from '@connectrpc/connect-node';
import { abortFailure } from '../../wire/abort-failure.ts';
import { isStream, streamOf } from '../../wire/streams.ts';
import type { ClientConnection, ClientEngine, ClientEngineOptions, EngineAnswer, EngineCall } from '../engine.ts';
import { explainFailure, type SentCall } from './explain-failure.ts';

/** A connection with calls in flight that is silent for this long is asked for a sign of life. */
const pingIntervalMs = 20_000;
/** Time for that sign. */
const pingTimeoutMs = 5_000;

/** Calls gRPC servers with `@connectrpc/connect-node` over cleartext `node:http2`. */
export const connectNodeClientEngine: ClientEngine = {
  connect(options) {
    const manager = new Http2SessionManager(`http://${options.address}`, { pingIntervalMs, pingTimeoutMs });
    const open = new Set<SentCall>();
    let isClosed = false;
    const closeWhenIdle = (): void => {
      if (isClosed && open.size === 0) manager.abort(new ConnectError('the connection is closed', Code.Canceled));
    };
    const end = (sent: SentCall): void => {
      if (open.delete(sent)) closeWhenIdle();
    };

    const connection: ClientConnection = {
      isLocal: false,
      async call(call) {
        const sent: SentCall = { address: options.address, signal: call.signal };
        open.add(sent);
        try {
          if (call.signal.aborted) throw abortFailure(call.signal, 'no');
          const answer = await send(transportFor(manager, options, sent), call, sent);
          if (!isStream<Message>(answer.payload)) {
            end(sent);
            return answer;
          }
          return { ...answer, payload: watchedStream(answer.payload, sent, () => end(sent)) };
        } catch (error) {
          end(sent);
          throw explainFailure(error, sent);
        }
      },
      close() {
        isClosed = true;
        closeWhenIdle();
      },
    };
    return connection;
  },
};

/** A transport of one call, because only so it is known which HTTP/2 stream the call used and whether it was sent. */
function transportFor(manager: Http2SessionManager, options: ClientEngineOptions, sent: SentCall): Transport {
  const httpClient = createNodeHttpClient({
    httpVersion: '2',
    sessionProvider: () => ({
      authority: manager.authority,
      async request(method, path, header, streamOptions) {
        const limit = setTimeout(() => {
          if (manager.state() !== 'connecting') return;
          manager.abort(new ConnectError(`no connection within ${options.connectTimeoutMs} ms`, Code.Unavailable));
        }, options.connectTimeoutMs);
        try {
          sent.stream = await manager.request(method, path, header, streamOptions);
          sent.session = sent.stream.session;
          return sent.stream;
        } finally {
          clearTimeout(limit);
        }
      },
      notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
    }),
  });
  return createTransport({
    httpClient,
    baseUrl: manager.authority,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: Number.MAX_SAFE_INTEGER,
    readMaxBytes: options.maxMessageBytes,
    writeMaxBytes: options.maxMessageBytes,
  });
}

async function send(transport: Transport, call: EngineCall, sent: SentCall): Promise<EngineAnswer> {
  const { method, header } = call;
  // Only this error makes the library reset the stream with CANCEL instead of INTERNAL_ERROR.
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(new ConnectError('canceled', Code.Canceled));
  call.signal.addEventListener('abort', onAbort, { once: true });
  sent.release = () => call.signal.removeEventListener('abort', onAbort);
  sent.cancel = onAbort;

  if (method.methodKind === 'unary') {
    const unary = method as DescMethodUnary;
    const answer = await transport.unary(unary, controller.signal, undefined, header, call.payload as Message);
    sent.release();
    return { payload: answer.message, header: answer.header, trailer: answer.trailer };
  }
  const requests = isStream<Message>(call.payload) ? generated(call.payload) : streamOf(call.payload);
  const streaming = method as DescMethodStreaming;
  const answer = await transport.stream(streaming, controller.signal, undefined, header, requests);
  const payload = method.methodKind === 'client_streaming' ? await readSingle(answer.message, sent) : answer.message;
  return { payload, header: answer.header, trailer: answer.trailer };
}

/** The library takes only streams that can be thrown into, as generators can. */
async function* generated<T>(stream: AsyncIterable<T>): AsyncIterable<T> {
  yield* stream;
}

async function readSingle(stream: AsyncIterable<Message>, sent: SentCall): Promise<Message> {
  let single: Message | undefined;
  for await (const message of stream) {
    if (single !== undefined) throw new ConnectError('more than one answer', Code.Internal);
    single = message;
  }
  if (single === undefined) throw new ConnectError('no answer', Code.Internal);
  sent.release?.();
  return single;
}

function watchedStream(source: AsyncIterable<Message>, sent: SentCall, onEnd: () => void): AsyncIterable<Message> {
  const iterator = source[Symbol.asyncIterator]();
  const end = (): void => {
    sent.release?.();
    onEnd();
  };
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const result = await iterator.next();
          if (result.done === true) end();
          return result;
        } catch (error) {
          end();
          throw explainFailure(error, sent);
        }
      },
      async return() {
        // The library offers no other way to end a stream early.
        sent.cancel?.();
        end();
        return { done: true, value: undefined };
      },
    }),
  };
}
