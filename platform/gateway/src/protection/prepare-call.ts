import type { Message } from '@bufbuild/protobuf';
import {
  type Cancellation,
  type Clock,
  type Deadline,
  deadlineAt,
  deadlineIn,
  earlierDeadline,
  remainingMs,
} from '@mainstay/kernel';
import type { CallContext, TraceContext } from '@mainstay/kernel/context';
import { type AnswerFields, isHurried, rpcHeaders } from '@mainstay/rpc';
import type { ProtectedCall } from '@mainstay/service';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';

/** A call about to be made, whatever kind of method it is of. */
export interface ServiceCall {
  readonly admitted: AdmittedRequest;
  readonly trace: TraceContext;
  readonly baggage: Readonly<Record<string, string>>;
  /** Told of the metadata of the answer, or of the error that was the answer. */
  readonly onHeader: (header: AnswerFields) => void;
  /** Ends the call when the client goes away. */
  readonly cancellation: Cancellation;
  /** Whose call it is: clients take turns when calls have to wait. */
  readonly client: string;
  /** Tenant of its API key, whose circuits it may go by. */
  readonly tenant: string | undefined;
}

/** A call with one answer about to be made. */
export interface UnaryServiceCall extends ServiceCall {
  /** The message, or those of a client that sends many. */
  readonly message: Message | AsyncIterable<Message>;
}

/** What a call is made with. */
export interface PreparedCall {
  readonly context: CallContext;
  /** Undefined for none. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly facts: ProtectedCall;
}

/** Makes the context of a call: the trace, the verified caller, its deadline, and what policies ask for. */
export function prepareCall({ clock }: { readonly clock: Clock }, call: ServiceCall): PreparedCall {
  const { trace, baggage, cancellation, admitted } = call;
  const { route, identity, metadata, idempotencyKey, preferWaitSeconds, dueAtMs } = admitted;
  const deadline = deadlineOf(admitted, clock);
  return {
    context: { trace, baggage, identity, deadline, cancellation, preferWaitSeconds },
    // Sent as a header of the call, so that methods which take a key without demanding one get it too.
    headers: idempotencyKey === undefined ? metadata : { ...metadata, [rpcHeaders.idempotencyKey]: idempotencyKey },
    facts: {
      method: route.method,
      tenant: call.tenant,
      cancellation,
      deadline,
      isHurried: dueAtMs !== undefined && isHurried(remainingMs(deadline, clock), route.timeoutMs),
      priority: route.policy.priority,
      callerClass: call.client,
    },
  };
}

/** What the contract gives the call, or less where the client waits for less. */
function deadlineOf({ route: { timeoutMs }, dueAtMs }: AdmittedRequest, clock: Clock): Deadline | undefined {
  const ofContract = timeoutMs === undefined ? undefined : deadlineIn(timeoutMs, clock);
  return dueAtMs === undefined ? ofContract : earlierDeadline(ofContract, deadlineAt(dueAtMs, clock));
}
