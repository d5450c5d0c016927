import type { EngineAnswer, EngineCall, EngineHandler } from '../src/engine/engine.ts';

/** A handler for an engine, from a function that gives its answer later. */
export function handlerOf(answer: (call: EngineCall) => Promise<EngineAnswer>): EngineHandler {
  return (call, sink) =>
    void answer(call).then(
      (given) => sink.onAnswer(given),
      (error: unknown) => sink.onFailure(error),
    );
}
