import type { Message } from '@bufbuild/protobuf';
import {
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import type { EngineCall, Payload } from '../engine/engine.ts';
import type { Metadata } from '../engine/metadata.ts';
import { isStream, streamOf } from '../wire/streams.ts';

interface Answer {
  readonly header: Metadata;
  readonly trailer: Metadata;
}

/**
 * Puts Connect interceptors around a function that answers calls; the first of the list is the outermost.
 *
 * As in Connect, a method that streams in either direction is shown as streaming in both.
 */
export function withInterceptors(
  interceptors: readonly Interceptor[],
  answerCall: (call: EngineCall) => Promise<Payload>,
): (call: EngineCall, answer: Answer) => Promise<Payload> {
  if (interceptors.length === 0) return answerCall;

  return async (call, answer) => {
    const innermost = async (request: UnaryRequest | StreamRequest): Promise<UnaryResponse | StreamResponse> => {
      const payload = await answerCall({ ...call, payload: await fromRequest(call, request) });
      const common = {
        service: call.method.parent,
        header: answer.header.toHeaders(),
        trailer: answer.trailer.toHeaders(),
      };
      return (
        request.stream
          ? {
              ...common,
              stream: true,
              method: request.method,
              message: isStream(payload) ? payload : streamOf(payload),
            }
          : { ...common, stream: false, method: request.method, message: payload }
      ) as UnaryResponse | StreamResponse;
    };
    const next = interceptors.reduceRight((inner, interceptor) => interceptor(inner), innermost as Next);
    const response = await next(toRequest(call));
    return response.stream && call.method.methodKind === 'client_streaming'
      ? single(response.message as AsyncIterable<Message>)
      : (response.message as Payload);
  };
}

type Next = ReturnType<Interceptor>;

function toRequest(call: EngineCall): UnaryRequest | StreamRequest {
  const common = {
    service: call.method.parent,
    requestMethod: 'POST',
    url: `/${call.method.parent.typeName}/${call.method.name}`,
    signal: call.cancellation.signal,
    header: call.header.toHeaders(),
    contextValues: createContextValues(),
    method: call.method,
  };
  if (call.method.methodKind === 'unary') return { ...common, stream: false, message: call.payload } as UnaryRequest;
  const message = isStream(call.payload) ? call.payload : streamOf(call.payload);
  return { ...common, stream: true, message } as StreamRequest;
}

async function fromRequest(call: EngineCall, request: UnaryRequest | StreamRequest): Promise<Payload> {
  if (!request.stream) return request.message;
  return call.method.methodKind === 'server_streaming' ? single(request.message) : request.message;
}

async function single(stream: AsyncIterable<Message>): Promise<Message> {
  let last: Message | undefined;
  for await (const message of stream) last = message;
  return last as Message;
}
