import { callChosen } from '../protection/call-chosen.ts';
import { type ChosenService, chooseService } from '../protection/choose-service.ts';
import { prepareCall, type UnaryServiceCall } from '../protection/prepare-call.ts';
import type { ServiceAnswer } from '../protection/service-answer.ts';
import { callVersions } from './call-versions.ts';
import type { ServiceCaller } from './service-caller.ts';

/**
 * Calls the service of a request: through its circuit and bulkhead, within the deadline of the contract, as the verified caller.
 *
 * Rejects as {@link callChosen}.
 */
export function callService(caller: ServiceCaller, call: UnaryServiceCall): Promise<ServiceAnswer> {
  const answer = callPlaced(caller, call);
  const { answers } = caller;
  if (answers === undefined || call.admitted.route.policy.idempotency === 'safe') return answer;
  return answer.finally(() => answers.changed());
}

function callPlaced(caller: ServiceCaller, call: UnaryServiceCall): Promise<ServiceAnswer> {
  const { route, assignment } = call.admitted;
  if (assignment !== undefined) return callVersions(caller, call, assignment);
  const callAt = (chosen: ChosenService): Promise<ServiceAnswer> =>
    callChosen(caller, { call, chosen, prepared: prepareCall(caller, call) });
  const chosen = chooseService(caller, route, call.message);
  return chosen instanceof Promise ? chosen.then(callAt) : callAt(chosen);
}
