import type { Message } from '@bufbuild/protobuf';
import { isPlatformError } from '@mainstay/kernel';
import { classifyError } from '@mainstay/resilience';
import type { ResolvedMethodPolicy } from '@mainstay/rpc';
import type { Assignment } from '../exchange/assignment.ts';
import { callChosen, methodOf } from '../protection/call-chosen.ts';
import { type PreparedCall, prepareCall, type UnaryServiceCall } from '../protection/prepare-call.ts';
import type { ServiceAnswer } from '../protection/service-answer.ts';
import type { MirroredCall } from '../splits/mirror/mirror.ts';
import { firstPlace, placesOf, type VersionPlace } from './choose-version.ts';
import type { ServiceCaller } from './service-caller.ts';

/**
 * Calls the version of a caller; one that has no instance, or cannot be reached, or whose circuit is open is stood in for by the next,
 * as long as it is certain that nothing ran, or the call only reads.
 *
 * @throws {@link PlatformError} what the last version said.
 */
export async function callVersions(
  caller: ServiceCaller,
  call: UnaryServiceCall,
  assignment: Assignment,
): Promise<ServiceAnswer> {
  const { route } = call.admitted;
  const prepared = prepareCall(caller, call);
  const startedAtMs = caller.clock.monotonicMs();
  const isOneMessage = !(Symbol.asyncIterator in call.message);
  const places = isOneMessage ? placesOf(caller, route, assignment) : [firstPlace(caller, route, assignment)];
  const end = (answer: MirroredCall['answer']): void => {
    const durationMs = caller.clock.monotonicMs() - startedAtMs;
    const outcome = 'error' in answer ? classifyError(answer.error) : 'success';
    caller.versions.served(assignment, { outcome, durationMs });
    if (isOneMessage) mirror(caller, { call, assignment, prepared }, { answer, durationMs });
  };
  try {
    const answer = await callFirstOf(caller, { call, prepared, assignment, places });
    end(answer);
    return answer;
  } catch (error) {
    end({ error });
    throw error;
  }
}

async function callFirstOf(
  caller: ServiceCaller,
  about: {
    readonly call: UnaryServiceCall;
    readonly prepared: PreparedCall;
    readonly assignment: Assignment;
    readonly places: readonly VersionPlace[];
  },
): Promise<ServiceAnswer> {
  const { call, prepared, assignment, places } = about;
  const { route } = call.admitted;
  const [own] = assignment.versions;
  for (let index = 0; ; index += 1) {
    // The last place is left by an answer or an error.
    const chosen = places[index] as VersionPlace;
    assignment.servedBy = chosen.version;
    if (index === 0 && chosen.version !== own) caller.versions.stoodIn(assignment, 'no_instance');
    try {
      const answer = await callChosen(caller, { call, prepared, chosen });
      if (chosen.version === own) caller.versions.stands(assignment);
      return answer;
    } catch (error) {
      if (index === places.length - 1 || !mayStandIn(error, route.policy)) throw error;
      if (chosen.version === own) caller.versions.stoodIn(assignment, 'refused');
    }
  }
}

const refusals: ReadonlySet<string> = new Set(['CIRCUIT_OPEN', 'NO_INSTANCE', 'UPSTREAM_UNAVAILABLE']);

/** Whether a version did not take the call at all; a read may have been taken by one that died. */
function mayStandIn(error: unknown, { idempotency, retry }: ResolvedMethodPolicy): boolean {
  if (!isPlatformError(error) || !refusals.has(error.reason)) return false;
  return error.executed === 'no' || (idempotency === 'safe' && retry !== 'never');
}

function mirror(
  caller: ServiceCaller,
  { call, assignment, prepared }: { call: UnaryServiceCall; assignment: Assignment; prepared: PreparedCall },
  served: Pick<MirroredCall, 'answer' | 'durationMs'>,
): void {
  const { mirror: rule, servedBy } = assignment;
  const { route } = call.admitted;
  if (rule === undefined || rule.version === servedBy) return;
  if (route.policy.idempotency !== 'safe' && !rule.writes) return;
  const { client, hasInstance } = caller.clientAt(route.service, rule.version);
  const message = call.message as Message;
  caller.versions.mirror.copy({
    ...served,
    rule,
    route,
    message,
    prepared,
    invoke: hasInstance() ? (options) => methodOf(client, route.method.localName)(message, options) : undefined,
  });
}
