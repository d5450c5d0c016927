import type { DescMethodUnary, Message } from '@bufbuild/protobuf';
import type { UnaryResponse } from '@connectrpc/connect';
import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import { runInContextAlone } from '@mainstay/kernel/context';
import { type AnswerFields, answerFields, errorHeaders, rpcHeaders, transportOf } from '@mainstay/rpc';
import type { ChosenService } from './choose-service.ts';
import type { PreparedCall, UnaryServiceCall } from './prepare-call.ts';
import type { ServiceAnswer } from './service-answer.ts';
import type { ServiceClients } from './service-clients.ts';
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
 * Rejects with a {@link PlatformError}: what the service said, or `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `NO_INSTANCE`,
 * `UPSTREAM_UNAVAILABLE`.
 *
 * Cost: beside the promises of the call and of its protection one.
 */
export function callChosen(clients: ServiceClients, { call, chosen, prepared }: PlacedCall): Promise<ServiceAnswer> {
  const { context, headers, facts } = prepared;
  const made = new MadeCall(chosen, call, headers);
  const run = (timeoutMs: number | undefined): Promise<unknown> => made.run(timeoutMs);
  // Nothing else that the gateway keeps with a request concerns the call.
  const answer = runInContextAlone(context, () => clients.protection.execute(chosen.place, run, facts));
  return answer.then(
    (result) => made.answer(result),
    (error) => {
      throw made.failure(error);
    },
  );
}

/** A method of a client by its local name. */
export function methodOf(client: object, localName: string): UnaryCall {
  return (client as Readonly<Record<string, UnaryCall>>)[localName] as UnaryCall;
}

/** One call of a method, and what came beside its answer. */
class MadeCall {
  readonly #chosen: ChosenService;
  readonly #call: UnaryServiceCall;
  readonly #headers: Readonly<Record<string, string>> | undefined;
  readonly #transport: ReturnType<typeof transportOf>;
  /** What came beside the answer of a client without a transport. */
  #fields: AnswerFields = noFields;

  constructor(chosen: ChosenService, call: UnaryServiceCall, headers: Readonly<Record<string, string>> | undefined) {
    this.#chosen = chosen;
    this.#call = call;
    this.#headers = headers;
    this.#transport = call.admitted.route.method.methodKind === 'unary' ? transportOf(chosen.client) : undefined;
  }

  /** Makes the call, within this time where it is limited; it ends with the cancellation of the context. */
  run(timeoutMs: number | undefined): Promise<unknown> {
    const { message, admitted } = this.#call;
    const { method } = admitted.route;
    // What the method of the client does, without making `Headers` of each answer.
    if (this.#transport !== undefined) {
      const type = method as DescMethodUnary;
      return this.#transport.unary(type, undefined, timeoutMs, this.#headers, message as Message);
    }
    const onHeader = (header: AnswerFields): void => void (this.#fields = header);
    return methodOf(this.#chosen.client, method.localName)(message, { timeoutMs, headers: this.#headers, onHeader });
  }

  /** The answer, by what {@link run} gave. */
  answer(result: unknown): ServiceAnswer {
    const isWhole = this.#transport !== undefined;
    const fields = isWhole ? answerFields(result as UnaryResponse) : this.#fields;
    this.#call.onHeader(fields);
    return {
      message: isWhole ? (result as UnaryResponse).message : (result as Message),
      httpStatus: readStatus(fields.get(rpcHeaders.httpStatus)),
      degraded: fields.get(rpcHeaders.degraded) ?? undefined,
    };
  }

  /** The error that clients are told. */
  failure(error: unknown): PlatformError {
    if (isPlatformError(error)) this.#call.onHeader(errorHeaders(error));
    return toServiceError(error, this.#chosen.name);
  }
}

const noFields: AnswerFields = { get: () => undefined };

function readStatus(header: string | null | undefined): number | undefined {
  return typeof header === 'string' && /^2\d\d$/.test(header) ? Number(header) : undefined;
}
