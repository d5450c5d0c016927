import type { Interceptor, StreamResponse, UnaryResponse } from '@connectrpc/connect';
import {
  anonymousIdentity,
  type CallContext,
  currentContext,
  deriveContext,
  newTrace,
  runInContext,
} from '@mainstay/kernel/context';
import { addExtras, extrasOf } from '../wire/error-extras.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { reviseError } from '../wire/revise-error.ts';
import type { HeaderRequest } from './compiled-rule.ts';
import type { MappedHeaders } from './mapping.ts';

type Next = ReturnType<Interceptor>;

/** Probes and tools of gRPC itself send no headers of ours. */
const standardServices = '/grpc.';

/**
 * Maps the headers of served calls.
 *
 * A caller with a signed identity is a service, whose headers were mapped before; of anybody else they are read as over
 * HTTP. Answers and errors carry the ids that came in and the defaults.
 */
export function serverHeaderInterceptor(begin: (request: HeaderRequest) => MappedHeaders, next: Next): Next {
  return (async (request) => {
    const path = `/${request.service.typeName}/${request.method.name}`;
    if (path.startsWith(standardServices)) return next(request);
    const context = currentContext() ?? { trace: newTrace(), identity: anonymousIdentity };
    const { identity } = context;
    const mapped = begin({
      path,
      read: (name) => request.header.get(name) ?? undefined,
      isMapped: identity.viaService !== undefined,
    });
    try {
      const metadata = mapped.metadata(identity);
      for (const key of mapped.keys) request.header.delete(key);
      for (const [key, value] of Object.entries(metadata)) request.header.set(key, value);
      const inside = deriveContext(context, { baggage: { ...context.baggage, ...mapped.baggage } });
      const response = await runInContext(inside, () => next(request));
      const said = mapped.answerMetadata((key) => response.header.get(key) ?? undefined);
      for (const [key, value] of Object.entries(said)) response.header.set(key, value);
      return inContext(response, inside);
    } catch (thrown) {
      const error = fromConnectError(thrown);
      const copy = reviseError(error, error.rawMessage, { cause: error.cause ?? error });
      const header = new Headers(extrasOf(error).header);
      for (const [key, value] of Object.entries(mapped.answerMetadata((name) => header.get(name) ?? undefined))) {
        header.set(key, value);
      }
      addExtras(copy, { header });
      throw copy;
    }
  }) as Next;
}

/** Lets the baggage of the call being served go along; a header of the call's own wins. */
export const clientHeaderInterceptor: Interceptor = (next) => (request) => {
  for (const [key, value] of Object.entries(currentContext()?.baggage ?? {})) {
    if (!request.header.has(key)) request.header.set(key, value);
  }
  return next(request);
};

/** A stream of answers is made step by step, after the interceptor is done. */
function inContext(response: UnaryResponse | StreamResponse, context: CallContext): UnaryResponse | StreamResponse {
  if (!response.stream) return response;
  const { message } = response;
  return {
    ...response,
    message: {
      [Symbol.asyncIterator]() {
        const iterator = runInContext(context, () => message[Symbol.asyncIterator]());
        return {
          next: () => runInContext(context, () => iterator.next()),
          return: async () => {
            await runInContext(context, () => iterator.return?.());
            return { done: true, value: undefined };
          },
        };
      },
    },
  };
}
