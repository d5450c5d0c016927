import type { Message } from '@bufbuild/protobuf';
import { isPlatformError } from '@mainstay/kernel';
import { runInContext } from '@mainstay/kernel/context';
import { errorHeaders, rpcHeaders } from '@mainstay/rpc';
import { chooseService } from './choose-service.ts';
import { prepareCall, type ServiceCall } from './prepare-call.ts';
import type { ServiceCaller } from './service-caller.ts';
import { toServiceError } from './service-errors.ts';

/** A call with one answer about to be made. */
export interface UnaryServiceCall extends ServiceCall {
  /** The message, or those of a client that sends many. */
  readonly message: Message | AsyncIterable<Message>;
}

/** What the service answered. */
export interface ServiceAnswer {
  readonly message: Message;
  /** HTTP status that the service asked for; undefined when it named none between 200 and 299. */
  readonly httpStatus: number | undefined;
}

/** A method with one answer, of a client whose types are known at run time only. */
type UnaryCall = (
  message: Message | AsyncIterable<Message>,
  options: {
    readonly signal: AbortSignal;
    readonly headers: Readonly<Record<string, string>>;
    readonly onHeader: (header: Headers) => void;
  },
) => Promise<Message>;

/**
 * Calls the service of a request: through its circuit and bulkhead, within the deadline of the contract, as the verified caller.
 *
 * @throws {@link PlatformError} what the service said, or `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `NO_INSTANCE`,
 * `UPSTREAM_UNAVAILABLE`.
 */
export async function callService(caller: ServiceCaller, call: UnaryServiceCall): Promise<ServiceAnswer> {
  const { route } = call.admitted;
  const chosen = chooseService(caller, route, call.message);
  const { name, client } = chosen instanceof Promise ? await chosen : chosen;
  const invoke = (client as Readonly<Record<string, UnaryCall>>)[route.method.localName] as UnaryCall;
  const { context, headers, facts } = prepareCall(caller, call);
  let httpStatus: number | undefined;
  const onHeader = (header: Headers): void => {
    httpStatus = readStatus(header.get(rpcHeaders.httpStatus));
    call.onHeader(header);
  };
  try {
    const run = (): Promise<Message> => invoke(call.message, { signal: call.signal, headers, onHeader });
    const message = await runInContext(context, () => caller.protection.execute(name, run, facts));
    return { message, httpStatus };
  } catch (error) {
    if (isPlatformError(error)) call.onHeader(errorHeaders(error));
    throw toServiceError(error, name);
  }
}

function readStatus(header: string | null): number | undefined {
  return header !== null && /^2\d\d$/.test(header) ? Number(header) : undefined;
}
