import type { DescMessage, DescMethod, DescMethodUnary, Message, MessageInitShape } from '@bufbuild/protobuf';
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
import { messageMaker } from '@mainstay/codec';
import type { Clock, Logger, Meter } from '@mainstay/kernel';
import { createRetryBudget } from '@mainstay/resilience';
import type { EngineAnswer, Payload } from '../engine/engine.ts';
import { toHeaders } from '../engine/metadata.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { isStream, mapStream, streamOf } from '../wire/streams.ts';
import type { CallTarget } from './call-target.ts';
import { createCaller } from './caller.ts';
import type { RequestedCall } from './outgoing-call.ts';
import { UnaryAnswer } from './unary-answer.ts';

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

type Request = UnaryRequest | StreamRequest;
type Answer = UnaryResponse | StreamResponse;
type Next = ReturnType<Interceptor>;

/** What a Connect client says about one call. */
interface CallSettings {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly header: ConstructorParameters<typeof Headers>[0];
  readonly contextValues: ContextValues | undefined;
}

/** Makes a Connect transport over a target; the same for sockets and for calls in the process. */
export function createTransportCore(options: TransportCoreOptions): Transport {
  const { interceptors } = options;
  const caller = createCaller({ ...options, budget: createRetryBudget({ startsInDebt: true }) });

  const send = async (request: Request, timeoutMs: number | undefined): Promise<Answer> => {
    const { method, header } = request;
    const signal = request.signal === neverAborted ? undefined : request.signal;
    const payload = await toPayload(request);
    const present = (answer: EngineAnswer): Answer => toAnswer(request, answer);
    return caller({ method, payload, header, signal, timeoutMs, present });
  };

  const start = (method: DescMethod, message: Payload, call: CallSettings): Promise<Answer> => {
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
    } as Request;
    const innermost = ((next) => send(next, call.timeoutMs)) as Next;
    return interceptors.reduceRight((inner, interceptor) => interceptor(inner), innermost)(request);
  };

  const startUnary = (request: PlainUnary, contextValues: ContextValues | undefined): Promise<Answer> => {
    const { method, payload, signal, timeoutMs, header } = request;
    return start(method, payload, { signal, timeoutMs, header, contextValues });
  };

  return {
    unary: (...call) => {
      const request = new PlainUnary(call as UnaryArguments);
      const answer = interceptors.length === 0 ? caller(request) : startUnary(request, call[5]);
      return answer as Promise<UnaryResponse<never, never>>;
    },
    stream: (...call) => {
      const [method, signal, timeoutMs, header, input, contextValues] = call;
      const make = messageMaker(method.input as DescMessage);
      const messages = mapStream(input as AsyncIterable<MessageInitShape<DescMessage>>, make);
      return start(method, messages, { signal, timeoutMs, header, contextValues }) as Promise<
        StreamResponse<never, never>
      >;
    },
  };
}

/** What Connect's clients hand over of a unary call. */
type UnaryArguments = Parameters<Transport['unary']>;

/** A unary call as Connect's clients ask for it. */
class PlainUnary implements RequestedCall<Answer> {
  readonly method: DescMethodUnary;
  readonly payload: Message;
  readonly header: Headers | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;

  constructor(call: UnaryArguments) {
    const header = call[3];
    this.method = call[0];
    this.payload = messageMaker(this.method.input)(call[4]);
    this.header = header === undefined ? undefined : new Headers(header);
    this.signal = call[1];
    this.timeoutMs = call[2];
  }

  present(answer: EngineAnswer): Answer {
    return new UnaryAnswer(this.method, answer);
  }
}

const neverAborted = new AbortController().signal;

/** A plain object, because interceptors copy answers with a spread. */
function toAnswer({ method, stream }: Request, answer: EngineAnswer): Answer {
  const { payload } = answer;
  const common = {
    service: method.parent,
    method,
    header: toHeaders(answer.header),
    trailer: toHeaders(answer.trailer),
  };
  const message = stream && !isStream(payload) ? streamOf(payload) : payload;
  return { ...common, stream, message } as Answer;
}

/** A server-streaming method has one request, which is worth more as a message: it can be sent again. */
async function toPayload(request: Request): Promise<Payload> {
  if (!request.stream) return request.message;
  if (request.method.methodKind !== 'server_streaming') return request.message;
  const iterator = request.message[Symbol.asyncIterator]();
  const first = await iterator.next();
  await iterator.return?.();
  return first.value as Message;
}
