import { type PlatformError, toPlatformError } from '@mainstay/kernel';
import type { Priority } from '@mainstay/resilience';
import { methodPolicy } from '../contract/method-policy.ts';
import type { EngineAnswer, EngineHandler } from '../engine/engine.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import type { ServerCore } from './server-core.ts';

/** Told how an admitted call ended: with its answer, with the head of a stream, or with a failure. */
export type AdmittedEnd = (failure?: PlatformError) => void;

/**
 * Throws to refuse a call of this priority before anything is done for it.
 *
 * @param isStream - whether requests or answers are many, so that its time says nothing about load.
 * @returns what hears of its end; undefined when nobody wants to.
 */
export type CallAdmission = (priority: Priority, isStream: boolean) => AdmittedEnd | undefined;

/** Asks before anything else whether a call can be served now; a refusal is counted and logged. */
export function shedCalls(core: ServerCore, admit: CallAdmission): EngineHandler {
  return (call) => {
    let ended: AdmittedEnd | undefined;
    try {
      ended = admit(methodPolicy(call.method).priority, call.method.methodKind !== 'unary');
    } catch (error) {
      const refusal = fromConnectError(error);
      core.noteRefused(call.method, refusal);
      return Promise.reject(refusal);
    }
    const answered = core.handle(call);
    return ended === undefined ? answered : tell(ended, answered);
  };
}

async function tell(ended: AdmittedEnd, answered: Promise<EngineAnswer>): Promise<EngineAnswer> {
  try {
    const answer = await answered;
    ended();
    return answer;
  } catch (error) {
    ended(toPlatformError(error));
    throw error;
  }
}
