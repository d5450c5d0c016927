import { create, type DescMessage, type DescMethod, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ContextValues,
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { Payload } from '../engine/engine.ts';
import { toHeaders } from '../engine/metadata.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { isStream, mapStream, streamOf } from '../wire/streams.ts';
import type { CallTarget } from './call-target.ts';
import { createCaller, type OutgoingCall } from './caller.ts';

/** More tries than this help nobody and multiply along a chain of services. */
const mostAttempts = 3;

/** Tries of one call, from the option of a transport. */
export function limitAttempts(option: number = mostAttempts): number {
  return Math.min(mostAttempts, Math.max(1, Math.floor(option)));
}

/** What every transport of ours is made of. */
export interface TransportCoreOptions {
  readonly target: CallTarget;
  readonly identity: IdentitySigner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxAttempts: number;
  /** Connect interceptors around every call, outside of deadline and retries; the first is the outermost. */
  readonly interceptors: readonly Interceptor[];
  /** Source of randomness in [0, 1). */
  readonly random: () => number;
}

type Answer = UnaryResponse | StreamResponse;
type Next = ReturnType<Interceptor>;

/** Makes a Connect transport over a target; the same for sockets and for calls in the process. */
export function createTransportCore(options: TransportCoreOptions): Transport {
  const caller = createCaller(options);

  const send = async (request: UnaryRequest | StreamRequest, timeoutMs: number | undefined): Promise<Answer> => {
    const { method } = request;
    const call: OutgoingCall = {
      method,
      payload: await toPayload(request),
      header: request.header,
      signal: request.signal === neverAborted ? undefined : request.signal,
      timeoutMs,
    };
    const answer = await caller(call);
    const header = toHeaders(answer.header);
    const common = { service: method.parent, header, trailer: toHeaders(answer.trailer), method };
    return (
      request.stream
        ? { ...common, stream: true, message: isStream(answer.payload) ? answer.payload : streamOf(answer.payload) }
        : { ...common, stream: false, message: answer.payload }
    ) as Answer;
  };

  const start = (
    method: DescMethod,
    message: Payload,
    call: {
      signal: AbortSignal | undefined;
      timeoutMs: number | undefined;
      header: ConstructorParameters<typeof Headers>[0];
      contextValues: ContextValues | undefined;
    },
  ): Promise<Answer> => {
    const request = {
      service: method.parent,
      method,
      stream: isStream(message),
      message,
      requestMethod: 'POST',
      url: `/${method.parent.typeName}/${method.name}`,
      signal: call.signal ?? neverAborted,
      header: new Headers(call.header),
      contextValues: call.contextValues ?? createContextValues(),
    } as UnaryRequest | StreamRequest;
    const innermost = ((next) => send(next, call.timeoutMs)) as Next;
    return options.interceptors.reduceRight((inner, interceptor) => interceptor(inner), innermost)(request);
  };

  return {
    unary: (...call) => {
      const [method, signal, timeoutMs, header, input, contextValues] = call;
      const message: Message = create(method.input as DescMessage, input as MessageInitShape<DescMessage>);
      return start(method, message, { signal, timeoutMs, header, contextValues }) as Promise<
        UnaryResponse<never, never>
      >;
    },
    stream: (...call) => {
      const [method, signal, timeoutMs, header, input, contextValues] = call;
      const messages = mapStream(input as AsyncIterable<MessageInitShape<DescMessage>>, (message) =>
        create(method.input as DescMessage, message),
      );
      return start(method, messages, { signal, timeoutMs, header, contextValues }) as Promise<
        StreamResponse<never, never>
      >;
    },
  };
}

const neverAborted = new AbortController().signal;

/** A server-streaming method has one request, which is worth more as a message: it can be sent again. */
async function toPayload(request: UnaryRequest | StreamRequest): Promise<Payload> {
  if (!request.stream) return request.message;
  if (request.method.methodKind !== 'server_streaming') return request.message;
  const iterator = request.message[Symbol.asyncIterator]();
  const first = await iterator.next();
  await iterator.return?.();
  return first.value as Message;
}
