import { type PlatformError, toPlatformError } from '@mainstay/kernel';
import type { Priority } from '@mainstay/resilience';
import { methodPolicy } from '../contract/method-policy.ts';
import type { AnswerSink, EngineAnswer, EngineHandler } from '../engine/engine.ts';
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
  return (call, sink) => {
    let ended: AdmittedEnd | undefined;
    try {
      ended = admit(methodPolicy(call.method).priority, call.method.methodKind !== 'unary');
    } catch (error) {
      const refusal = fromConnectError(error);
      core.noteRefused(call.method, refusal);
      sink.onFailure(refusal);
      return;
    }
    core.handle(call, ended === undefined ? sink : new ToldEnd(ended, sink));
  };
}

/** Tells who admitted a call of its end before the caller. */
class ToldEnd implements AnswerSink {
  readonly #ended: AdmittedEnd;
  readonly #sink: AnswerSink;

  constructor(ended: AdmittedEnd, sink: AnswerSink) {
    this.#ended = ended;
    this.#sink = sink;
  }

  onAnswer(answer: EngineAnswer): void {
    this.#ended();
    this.#sink.onAnswer(answer);
  }

  onFailure(error: unknown): void {
    this.#ended(toPlatformError(error));
    this.#sink.onFailure(error);
  }
}
