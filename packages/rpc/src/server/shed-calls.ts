import type { Priority } from '@mainstay/resilience';
import { methodPolicy } from '../contract/method-policy.ts';
import type { EngineHandler } from '../engine/engine.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import type { ServerCore } from './server-core.ts';

/** Asks before anything else whether a call of this priority can be served now; a refusal is counted and logged. */
export function shedCalls(core: ServerCore, admit: (priority: Priority) => void): EngineHandler {
  return (call) => {
    try {
      admit(methodPolicy(call.method).priority);
    } catch (error) {
      const refusal = fromConnectError(error);
      core.noteRefused(call.method, refusal);
      return Promise.reject(refusal);
    }
    return core.handle(call);
  };
}
