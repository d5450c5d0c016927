import { callVersions } from '../splits/call-versions.ts';
import { callChosen } from './call-chosen.ts';
import { chooseService } from './choose-service.ts';
import { prepareCall, type UnaryServiceCall } from './prepare-call.ts';
import type { ServiceAnswer } from './service-answer.ts';
import type { ServiceCaller } from './service-caller.ts';

/**
 * Calls the service of a request: through its circuit and bulkhead, within the deadline of the contract, as the verified caller.
 *
 * @throws {@link PlatformError} what the service said, or `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `NO_INSTANCE`,
 * `UPSTREAM_UNAVAILABLE`.
 */
export function callService(caller: ServiceCaller, call: UnaryServiceCall): Promise<ServiceAnswer> {
  const answer = place(caller, call);
  const { answers } = caller;
  if (answers === undefined || call.admitted.route.policy.idempotency === 'safe') return answer;
  return answer.finally(() => answers.changed());
}

async function place(caller: ServiceCaller, call: UnaryServiceCall): Promise<ServiceAnswer> {
  const { route, assignment } = call.admitted;
  if (assignment !== undefined) return callVersions(caller, call, assignment);
  const chosen = chooseService(caller, route, call.message);
  return callChosen(caller, {
    call,
    chosen: chosen instanceof Promise ? await chosen : chosen,
    prepared: prepareCall(caller, call),
  });
}
