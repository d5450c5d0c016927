import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
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
import { createRetryBudget } from '@mainstay/resilience';
import type { EngineAnswer, Payload } from '../engine/engine.ts';
import { toHeaders } from '../engine/metadata.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { isStream, mapStream, streamOf } from '../wire/streams.ts';
import type { CallTarget } from './call-target.ts';
import { createCaller } from './caller.ts';
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
    return caller({ method, payload, header, signal, timeoutMs }, (answer) => toAnswer(request, answer));
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

  const startUnary = (method: DescMethodUnary, payload: Message, call: CallSettings): Promise<Answer> => {
    if (interceptors.length > 0) return start(method, payload, call);
    const { signal, timeoutMs } = call;
    const header = call.header === undefined ? undefined : new Headers(call.header);
    return caller({ method, payload, header, signal, timeoutMs }, (answer) => new UnaryAnswer(method, answer));
  };

  return {
    unary: (...call) => {
      const [method, signal, timeoutMs, header, input, contextValues] = call;
      const message: Message = create(method.input as DescMessage, input as MessageInitShape<DescMessage>);
      const settings = { signal, timeoutMs, header, contextValues };
      return startUnary(method, message, settings) as Promise<UnaryResponse<never, never>>;
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
