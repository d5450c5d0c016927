import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext, MethodImpl } from '@connectrpc/connect';
import { Cancellation, isPlatformError } from '@mainstay/kernel';
import { answerOf } from '../engine/answer-of.ts';
import type { EngineAnswer, EngineHandler, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import { withFirst } from '../wire/streams.ts';
import { toConnectError } from '../wire/to-connect-error.ts';
import { readableRequests } from './readable-requests.ts';

/** Lets a Connect router hand the calls of one method to our handler. */
export function routeMethod(router: ConnectRouter, method: DescMethod, handler: EngineHandler): void {
  const call = (payload: Payload, context: HandlerContext): Promise<EngineAnswer> => {
    const header = Metadata.of(context.requestHeader);
    const cancellation = cancellationOf(context.signal);
    return answerOf((sink) => handler({ method, payload, header, cancellation }, sink));
  };
  const one = async (payload: Payload, context: HandlerContext): Promise<Message> => {
    try {
      const answer = await call(payload, context);
      copyHeader(answer, context);
      copyTrailer(answer, context);
      return answer.payload as Message;
    } catch (error) {
      throw toStatus(error);
    }
  };
  async function* many(payload: Payload, context: HandlerContext): AsyncIterable<Message> {
    try {
      const answer = await call(payload, context);
      // The library sends the headers with the first message, and handlers may set them until then.
      const stream = await withFirst(answer.payload as AsyncIterable<Message>);
      copyHeader(answer, context);
      yield* stream;
      copyTrailer(answer, context);
    } catch (error) {
      throw toStatus(error);
    }
  }

  switch (method.methodKind) {
    case 'unary':
      router.rpc(method, one as MethodImpl<typeof method>);
      return;
    case 'server_streaming':
      router.rpc(method, many as MethodImpl<typeof method>);
      return;
    case 'client_streaming': {
      const impl = (requests: AsyncIterable<Message>, context: HandlerContext): Promise<Message> =>
        one(readableRequests(requests), context);
      router.rpc(method, impl as MethodImpl<typeof method>);
      return;
    }
    case 'bidi_streaming': {
      const impl = (requests: AsyncIterable<Message>, context: HandlerContext): AsyncIterable<Message> =>
        many(readableRequests(requests), context);
      router.rpc(method, impl as MethodImpl<typeof method>);
    }
  }
}

function cancellationOf(signal: AbortSignal): Cancellation {
  const cancellation = new Cancellation();
  if (signal.aborted) cancellation.cancel(signal.reason);
  else signal.addEventListener('abort', () => cancellation.cancel(signal.reason), { once: true });
  return cancellation;
}

function toStatus(error: unknown): unknown {
  return isPlatformError(error) ? toConnectError(error) : error;
}

function copyHeader(answer: EngineAnswer, context: HandlerContext): void {
  answer.header?.toHeaders().forEach((value, name) => context.responseHeader.set(name, value));
}

function copyTrailer(answer: EngineAnswer, context: HandlerContext): void {
  answer.trailer?.toHeaders().forEach((value, name) => context.responseTrailer.set(name, value));
}
