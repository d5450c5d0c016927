import type { DescMethodStreaming, DescMethodUnary, Message } from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { createTransport } from '@connectrpc/connect/protocol-grpc';
import { compressionGzip, createNodeHttpClient } from '@connectrpc/connect-node';
import { optionError } from '@mainstay/kernel';
import { abortFailure } from '../../wire/abort-failure.ts';
import { isStream, streamOf } from '../../wire/streams.ts';
import type { ClientConnection, ClientEngine, ClientEngineOptions, EngineAnswer, EngineCall } from '../engine.ts';
import { Metadata } from '../metadata.ts';
import { explainFailure, type SentCall } from './explain-failure.ts';
import { createSessionKeeper, type SessionKeeper } from './session-keeper.ts';

/** Below this, compressing costs more than it saves. */
const compressMinBytes = 1_024;

/** Calls gRPC servers with `@connectrpc/connect-node` over cleartext `node:http2`. */
export const connectNodeClientEngine: ClientEngine = {
  connect(options) {
    if (options.tls !== undefined) throw optionError('engine', 'wire, when there are credentials', 'node');
    const keeper = createSessionKeeper(options);
    const connection: ClientConnection = {
      isLocal: false,
      async call(call) {
        const sent: SentCall = { address: options.address, cancellation: call.cancellation };
        try {
          if (call.cancellation.isCanceled) throw abortFailure(call.cancellation.reason, 'no');
          const answer = await send(transportFor(keeper, options, sent), call, sent);
          if (!isStream<Message>(answer.payload)) return answer;
          return { ...answer, payload: watchedStream(answer.payload, sent) };
        } catch (error) {
          throw explainFailure(error, sent);
        }
      },
      close: keeper.close,
    };
    return connection;
  },
};

/** A transport of one call, because only so it is known which HTTP/2 stream the call used and whether it was sent. */
function transportFor(keeper: SessionKeeper, options: ClientEngineOptions, sent: SentCall): Transport {
  const httpClient = createNodeHttpClient({
    httpVersion: '2',
    sessionProvider: () => ({
      authority: keeper.authority,
      async request(method, path, header) {
        sent.stream = await keeper.request({ ...header, ':method': method, ':path': path });
        sent.session = sent.stream.session;
        return sent.stream;
      },
      notifyResponseByteRead: () => undefined,
    }),
  });
  return createTransport({
    httpClient,
    baseUrl: keeper.authority,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: options.compression === 'gzip' ? [compressionGzip] : [],
    sendCompression: options.compression === 'gzip' ? compressionGzip : null,
    compressMinBytes,
    readMaxBytes: options.maxMessageBytes,
    writeMaxBytes: options.maxMessageBytes,
  });
}

async function send(transport: Transport, call: EngineCall, sent: SentCall): Promise<EngineAnswer> {
  const { method } = call;
  const header = call.header.toHeaders();
  // Only this error makes the library reset the stream with CANCEL instead of INTERNAL_ERROR.
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new ConnectError('canceled', Code.Canceled));
  const listener = { onCancel: cancel };
  call.cancellation.listen(listener);
  sent.release = () => call.cancellation.unlisten(listener);
  sent.cancel = cancel;

  if (method.methodKind === 'unary') {
    const unary = method as DescMethodUnary;
    const answer = await transport.unary(unary, controller.signal, undefined, header, call.payload as Message);
    sent.release();
    return { payload: answer.message, header: Metadata.of(answer.header), trailer: Metadata.of(answer.trailer) };
  }
  const requests = isStream<Message>(call.payload) ? generated(call.payload) : streamOf(call.payload);
  const streaming = method as DescMethodStreaming;
  const answer = await transport.stream(streaming, controller.signal, undefined, header, requests);
  const payload = method.methodKind === 'client_streaming' ? await readSingle(answer.message, sent) : answer.message;
  return { payload, header: Metadata.of(answer.header), trailer: Metadata.of(answer.trailer) };
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

function watchedStream(source: AsyncIterable<Message>, sent: SentCall): AsyncIterable<Message> {
  const iterator = source[Symbol.asyncIterator]();
  const end = (): void => sent.release?.();
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
