import type { DescService, Message } from '@bufbuild/protobuf';
import type { Client as RpcClient } from '@connectrpc/connect';
import { type Clock, deadlineIn, isPlatformError } from '@mainstay/kernel';
import { runInContext, type TraceContext } from '@mainstay/kernel/context';
import type { CallFacts, Degradation } from '@mainstay/resilience';
import { errorHeaders, rpcHeaders } from '@mainstay/rpc';
import type { AdmittedRequest } from '../http/admitted-request.ts';
import type { Protection } from './protection.ts';
import { toServiceError } from './service-errors.ts';

/** How services are reached. */
export interface ServiceCaller {
  readonly client: <S extends DescService>(service: S) => RpcClient<S>;
  readonly protection: Protection;
  readonly clock: Clock;
}

/** A call about to be made. */
export interface ServiceCall {
  readonly admitted: AdmittedRequest;
  readonly message: Message;
  readonly trace: TraceContext;
  readonly baggage: Readonly<Record<string, string>>;
  /** Told of the metadata of the answer, or of the error that was the answer. */
  readonly onHeader: (header: Headers) => void;
  /** Aborts the call when the client goes away. */
  readonly signal: AbortSignal;
  /** Whose call it is: clients take turns when calls have to wait. */
  readonly client: string;
  /** What is asked for, where a last good answer may stand in for the service. */
  readonly cacheKey: string | undefined;
  /** Told when it did. */
  readonly onDegraded: (degradation: Degradation) => void;
}

/** What the service answered. */
export interface ServiceAnswer {
  readonly message: Message;
  /** HTTP status that the service asked for; undefined when it named none between 200 and 299. */
  readonly httpStatus: number | undefined;
}

/** A method of a client whose types are known at run time only. */
type UnaryCall = (
  message: Message,
  options: {
    readonly signal: AbortSignal;
    readonly headers: Readonly<Record<string, string>>;
    readonly onHeader: (header: Headers) => void;
  },
) => Promise<Message>;

/**
 * Calls the service of a route: through its circuit and bulkhead, within the deadline of the contract, as the verified caller.
 *
 * @throws {@link PlatformError} what the service said, or `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `NO_INSTANCE`,
 * `UPSTREAM_UNAVAILABLE`.
 */
export async function callService(caller: ServiceCaller, call: ServiceCall): Promise<ServiceAnswer> {
  const { route, identity, metadata, idempotencyKey, preferWaitSeconds } = call.admitted;
  const methods = caller.client(route.service) as unknown as Readonly<Record<string, UnaryCall>>;
  const invoke = methods[route.method.localName] as UnaryCall;
  const context = {
    trace: call.trace,
    baggage: call.baggage,
    identity,
    deadline: deadlineIn(route.timeoutMs, caller.clock),
    signal: call.signal,
    ...(preferWaitSeconds !== undefined && { preferWaitSeconds }),
  };
  // Sent as a header of the call, so that methods which take a key without demanding one get it too.
  const headers: Readonly<Record<string, string>> = {
    ...metadata,
    ...(idempotencyKey !== undefined && { [rpcHeaders.idempotencyKey]: idempotencyKey }),
  };
  let httpStatus: number | undefined;
  const onHeader = (header: Headers): void => {
    httpStatus = readStatus(header.get(rpcHeaders.httpStatus));
    call.onHeader(header);
  };
  try {
    const about: CallFacts = {
      signal: call.signal,
      deadline: context.deadline,
      priority: route.policy.priority,
      callerClass: call.client,
      cacheKey: call.cacheKey,
      onDegraded: call.onDegraded,
    };
    const run = (): Promise<Message> => invoke(call.message, { signal: call.signal, headers, onHeader });
    const message = await runInContext(context, () => caller.protection.execute(route.serviceName, run, about));
    return { message, httpStatus };
  } catch (error) {
    if (isPlatformError(error)) call.onHeader(errorHeaders(error));
    throw toServiceError(error, route.serviceName);
  }
}

function readStatus(header: string | null): number | undefined {
  return header !== null && /^2\d\d$/.test(header) ? Number(header) : undefined;
}
