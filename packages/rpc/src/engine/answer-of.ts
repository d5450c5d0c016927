import type { AnswerSink, EngineAnswer } from './engine.ts';

/** Waits for the answer of a call that is begun with a sink. */
export function answerOf(begin: (sink: AnswerSink) => void): Promise<EngineAnswer> {
  return new Promise((onAnswer, onFailure) => begin({ onAnswer, onFailure }));
}
