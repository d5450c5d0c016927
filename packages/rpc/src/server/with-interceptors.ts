import type { Message } from '@bufbuild/protobuf';
import {
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import type { Payload } from '../engine/engine.ts';
import { isStream, mapStream, streamOf } from '../wire/streams.ts';
import type { Invoke, RunningCall } from './running-call.ts';

type Request = UnaryRequest | StreamRequest;
type Response = UnaryResponse | StreamResponse;
type Next = ReturnType<Interceptor>;

/**
 * Puts Connect interceptors around a handler; the first of the list is the outermost.
 *
 * As in Connect, a method that streams in either direction is shown as streaming in both.
 */
export function withInterceptors(
  interceptors: readonly Interceptor[],
  invoke: Invoke,
  answer: { readonly hasAnswerStream: boolean; readonly complete: (output: unknown) => Message },
): Invoke {
  if (interceptors.length === 0) return invoke;

  return async (call, payload) => {
    const innermost = async (request: Request): Promise<Response> => {
      const returned = await invoke(call, await fromRequest(call, request));
      const payload = answer.hasAnswerStream
        ? mapStream(returned as AsyncIterable<unknown>, answer.complete)
        : answer.complete(returned);
      return toResponse(call, request, payload);
    };
    const next = interceptors.reduceRight((inner, interceptor) => interceptor(inner), innermost as Next);
    const response = await next(toRequest(call, payload));
    return response.stream && call.method.methodKind === 'client_streaming'
      ? single(response.message as AsyncIterable<Message>)
      : response.message;
  };
}

function toRequest({ method, name, signal, incoming }: RunningCall, payload: Payload): Request {
  const common = {
    service: method.parent,
    requestMethod: 'POST',
    url: `/${name}`,
    signal,
    header: incoming.header.toHeaders(),
    contextValues: createContextValues(),
    method,
  };
  if (method.methodKind === 'unary') return { ...common, stream: false, message: payload } as UnaryRequest;
  const message = isStream(payload) ? payload : streamOf(payload);
  return { ...common, stream: true, message } as StreamRequest;
}

async function fromRequest({ method }: RunningCall, request: Request): Promise<Payload> {
  if (!request.stream) return request.message;
  return method.methodKind === 'server_streaming' ? single(request.message) : request.message;
}

function toResponse(call: RunningCall, { method, stream }: Request, answer: Payload): Response {
  const common = {
    service: method.parent,
    method,
    header: call.responseHeader.toHeaders(),
    trailer: call.responseTrailer.toHeaders(),
  };
  const message = stream && !isStream(answer) ? streamOf(answer) : answer;
  return { ...common, stream, message } as Response;
}

async function single(stream: AsyncIterable<Message>): Promise<Message> {
  let last: Message | undefined;
  for await (const message of stream) last = message;
  return last as Message;
}
