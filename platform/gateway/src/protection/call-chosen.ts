import type { DescMethodUnary, Message } from '@bufbuild/protobuf';
import { isPlatformError } from '@mainstay/kernel';
import { runInContext } from '@mainstay/kernel/context';
import { type AnswerFields, answerFields, errorHeaders, rpcHeaders, transportOf } from '@mainstay/rpc';
import type { ChosenService } from './choose-service.ts';
import type { PreparedCall, UnaryServiceCall } from './prepare-call.ts';
import type { ServiceAnswer } from './service-answer.ts';
import type { ServiceCaller } from './service-caller.ts';
import { toServiceError } from './service-errors.ts';

/** A method with one answer, of a client whose types are known at run time only. */
export type UnaryCall = (
  message: Message | AsyncIterable<Message>,
  options: {
    readonly timeoutMs?: number | undefined;
    readonly headers: Readonly<Record<string, string>> | undefined;
    readonly onHeader?: (header: AnswerFields) => void;
  },
) => Promise<Message>;

/** A call that is ready, and where it goes. */
export interface PlacedCall {
  readonly call: UnaryServiceCall;
  readonly prepared: PreparedCall;
  readonly chosen: ChosenService;
}

/**
 * Makes a call where it was decided to go, through the circuit and bulkhead there.
 *
 * @throws {@link PlatformError} what the service said, or `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `NO_INSTANCE`, `UPSTREAM_UNAVAILABLE`.
 */
export async function callChosen(caller: ServiceCaller, placed: PlacedCall): Promise<ServiceAnswer> {
  const { call, chosen, prepared } = placed;
  const { context, headers, facts } = prepared;
  const made = new MadeCall(chosen.client, call, headers);
  try {
    const run = (timeoutMs: number | undefined): Promise<Message> => made.run(timeoutMs);
    const message = await runInContext(context, () => caller.protection.execute(chosen.place, run, facts));
    return { message, httpStatus: made.httpStatus, degraded: made.degraded };
  } catch (error) {
    if (isPlatformError(error)) call.onHeader(errorHeaders(error));
    throw toServiceError(error, chosen.name);
  }
}

/** A method of a client by its local name. */
export function methodOf(client: object, localName: string): UnaryCall {
  return (client as Readonly<Record<string, UnaryCall>>)[localName] as UnaryCall;
}

/** One call of a method, and what came beside its answer. */
class MadeCall {
  httpStatus: number | undefined = undefined;
  degraded: string | undefined = undefined;
  readonly #client: object;
  readonly #call: UnaryServiceCall;
  readonly #headers: Readonly<Record<string, string>> | undefined;

  constructor(client: object, call: UnaryServiceCall, headers: Readonly<Record<string, string>> | undefined) {
    this.#client = client;
    this.#call = call;
    this.#headers = headers;
  }

  /** Makes the call, within this time where it is limited; it ends with the cancellation of the context. */
  run(timeoutMs: number | undefined): Promise<Message> {
    const { message, admitted } = this.#call;
    const { method } = admitted.route;
    const transport = method.methodKind === 'unary' ? transportOf(this.#client) : undefined;
    if (transport === undefined) {
      const invoke = methodOf(this.#client, method.localName);
      return invoke(message, { timeoutMs, headers: this.#headers, onHeader: (header) => this.#onHeader(header) });
    }
    // What the method of the client does, without making `Headers` of each answer.
    const answer = transport.unary(method as DescMethodUnary, undefined, timeoutMs, this.#headers, message as Message);
    return answer.then((response) => {
      this.#onHeader(answerFields(response));
      return response.message;
    });
  }

  #onHeader(header: AnswerFields): void {
    this.httpStatus = readStatus(header.get(rpcHeaders.httpStatus));
    this.degraded = header.get(rpcHeaders.degraded) ?? undefined;
    this.#call.onHeader(header);
  }
}

function readStatus(header: string | null | undefined): number | undefined {
  return typeof header === 'string' && /^2\d\d$/.test(header) ? Number(header) : undefined;
}
