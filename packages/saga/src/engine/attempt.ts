import { deadlineIn, faultPoint, kernelReasons, PlatformError, toPlatformError } from '@mainstay/kernel';
import { type CallContext, childTrace, newTrace, parseTraceparent, runInContext } from '@mainstay/kernel/context';
import type { Attempt } from '../core/decide.ts';
import { sagaReasons } from '../errors.ts';
import type { InquiryAnswer } from '../saga-options.ts';
import { AttemptContext, type LocalWrite } from './attempt-context.ts';
import { childWrites } from './child-saga.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/** How an attempt ended. */
export type AttemptOutcome =
  | {
      readonly ok: true;
      /** False when a question was answered with `not_done`. */
      readonly isDone: boolean;
      readonly patch: object | undefined;
      /** The event that the step was given. */
      readonly event: string | undefined;
      readonly writes: readonly LocalWrite[];
    }
  | { readonly ok: false; readonly error: PlatformError };

const faultNames = { run: ['before-step', 'after-call'], undo: ['before-compensation', 'after-compensation'] } as const;

/**
 * Makes one call of a step, in a call context of its own.
 *
 * The context has the trace of whoever started the saga, the engine's identity, the attempt's deadline and the step's
 * idempotency key, and nothing of the request that started it: a client that goes away stops no saga.
 *
 * Cost: what a call does not look at (trace, signal, key) is not made.
 */
export function makeAttempt(runtime: SagaRuntime, held: HeldSaga, attempt: Attempt): Promise<AttemptOutcome> {
  const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
  const limitMs = held.definition.plan.steps[attempt.stepIndex]!.attemptTimeoutMs;
  const settle = (outcome: AttemptOutcome): void => {
    cancelTimer();
    held.attempts.delete(context);
    resolve(outcome);
  };
  const deadline = deadlineIn(limitMs, runtime.clock);
  const context = new AttemptContext(held, { ...attempt, deadline }, (reason) =>
    settle({ ok: false, error: toPlatformError(reason) }),
  );
  held.attempts.add(context);
  const cancelTimer = runtime.clock.after(limitMs, () => {
    const what = `${attempt.kind} of step ${context.step} of saga ${held.record.name}`;
    context.abort(new PlatformError(kernelReasons.DEADLINE_EXCEEDED, `${what} took longer than ${limitMs} ms`));
  });
  runInContext(callContextOf(runtime, held, context), () => call(runtime, held, { ...attempt, context })).then(
    settle,
    (error) => settle({ ok: false, error: toPlatformError(error) }),
  );
  return promise;
}

async function call(
  runtime: SagaRuntime,
  held: HeldSaga,
  { kind, stepIndex, context }: Attempt & { readonly context: AttemptContext },
): Promise<AttemptOutcome> {
  const step = held.definition.steps[stepIndex]!;
  const { state } = held.record;
  if (kind === 'inquire') {
    const point = faultPoint(`saga.before-inquiry:${step.name}`);
    if (point !== undefined) await point;
    const answer: InquiryAnswer<object> = await step.inquire!(state, context);
    return succeeded(context, checkPatch(held, answer.patch, step.name), answer.outcome === 'done');
  }
  const [before, after] = faultNames[kind];
  const first = faultPoint(`saga.${before}:${step.name}`);
  if (first !== undefined) await first;
  if (step.saga !== undefined) {
    for (const write of childWrites(runtime, held, { kind, stepIndex })) context.commit(write);
  }
  const patch = kind === 'run' ? await step.run?.(state, context) : await step.compensate?.(state, context);
  const second = faultPoint(`saga.${after}:${step.name}`);
  if (second !== undefined) await second;
  return succeeded(context, checkPatch(held, patch, step.name), true);
}

function succeeded({ event, writes }: AttemptContext, patch: object | undefined, isDone: boolean): AttemptOutcome {
  return { ok: true, isDone, patch, event: event?.event, writes };
}

// Own getters, so that a copy of the context made by whoever changes a field of it still has the others.
function callContextOf(runtime: SagaRuntime, held: HeldSaga, context: AttemptContext): CallContext {
  return {
    get trace() {
      return childTrace(parseTraceparent(held.record.traceparent ?? undefined) ?? newTrace());
    },
    identity: runtime.identity,
    deadline: context.deadline,
    get signal() {
      return context.signal;
    },
    get idempotencyKey() {
      return context.idempotencyKey;
    },
  };
}

function checkPatch(held: HeldSaga, patch: unknown, step: string): object | undefined {
  if (patch === undefined || patch === null) return undefined;
  if (typeof patch !== 'object' || Array.isArray(patch)) {
    const message = `step ${step} returned a ${typeof patch} instead of an object`;
    throw new PlatformError(sagaReasons.SAGA_STATE_INVALID, message);
  }
  const leaked = held.definition.plan.forwardSecrets.find(
    (key) => ((patch as Record<string, unknown>)[key] ?? null) !== null,
  );
  if (leaked === undefined) return patch;
  const message = `step ${step} returned the secret ${leaked}, which may only be given at the start, or be set to null`;
  throw new PlatformError(sagaReasons.SAGA_STATE_INVALID, message);
}
