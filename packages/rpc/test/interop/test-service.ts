import { ConnectError, type HandlerContext } from '@connectrpc/connect';
import { type Fields, zeroes } from './testing-proto.ts';

export const initialKey = 'x-grpc-test-echo-initial';
export const trailingKey = 'x-grpc-test-echo-trailing-bin';

function echoMetadata({ requestHeader, responseHeader, responseTrailer }: HandlerContext): void {
  const initial = requestHeader.get(initialKey);
  const trailing = requestHeader.get(trailingKey);
  if (initial !== null) responseHeader.set(initialKey, initial);
  if (trailing !== null) responseTrailer.set(trailingKey, trailing);
}

function echoStatus({ responseStatus }: Fields): void {
  if (responseStatus !== undefined && responseStatus.code !== 0) {
    throw new ConnectError(responseStatus.message, responseStatus.code);
  }
}

async function* answers({ responseParameters = [] }: Fields, signal: AbortSignal): AsyncGenerator<Fields> {
  for (const { size, intervalUs = 0 } of responseParameters) {
    if (intervalUs > 0) await pause(intervalUs / 1_000, signal);
    yield { payload: zeroes(size) };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The interoperability service as Connect's handlers, for our server and for the library's own. */
export const testService = {
  emptyCall: () => ({}),
  unaryCall(request: Fields, context: HandlerContext): Fields {
    echoMetadata(context);
    echoStatus(request);
    return { payload: zeroes(request.responseSize ?? 0) };
  },
  async *streamingOutputCall(request: Fields, context: HandlerContext): AsyncGenerator<Fields> {
    yield* answers(request, context.signal);
  },
  async streamingInputCall(requests: AsyncIterable<Fields>): Promise<Fields> {
    let aggregatedPayloadSize = 0;
    for await (const { payload } of requests) aggregatedPayloadSize += payload?.body.byteLength ?? 0;
    return { aggregatedPayloadSize };
  },
  async *fullDuplexCall(requests: AsyncIterable<Fields>, context: HandlerContext): AsyncGenerator<Fields> {
    echoMetadata(context);
    for await (const request of requests) {
      echoStatus(request);
      yield* answers(request, context.signal);
    }
  },
};
