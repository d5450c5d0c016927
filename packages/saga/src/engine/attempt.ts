import { deadlineIn, faultPoint, PlatformError, toPlatformError, withTimeout } from '@mainstay/kernel';
import { childTrace, newTrace, parseTraceparent, runInContext } from '@mainstay/kernel/context';
import type { Transaction } from '@mainstay/postgres';
import { sagaReasons } from '../errors.ts';
import { stepKey, undoKey } from '../keys.ts';
import type { StepContext } from '../saga-options.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/** Local writes that a step wants in the transaction of its checkpoint. */
export type LocalWrite = (tx: Transaction) => Promise<void>;

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly ok: true; readonly patch: object; readonly writes: readonly LocalWrite[] }
  | { readonly ok: false; readonly error: PlatformError };

/** Which attempt to make. */
export interface AttemptOptions {
  readonly stepIndex: number;
  readonly kind: 'run' | 'undo';
}

/**
 * Calls a step's action or counter-action once, in a call context of its own.
 *
 * The context has the trace of whoever started the saga, the engine's identity, the attempt's deadline and the step's
 * idempotency key, and nothing of the request that started it: a client that goes away stops no saga.
 */
export async function makeAttempt(
  runtime: SagaRuntime,
  held: HeldSaga,
  options: AttemptOptions,
): Promise<AttemptOutcome> {
  const { record, definition } = held;
  const step = definition.steps[options.stepIndex]!;
  const stepRecord = record.steps[options.stepIndex]!;
  const stepPlan = definition.plan.steps[options.stepIndex]!;
  const forward = options.kind === 'run';
  const idempotencyKey = forward ? stepKey(record, step.name) : undoKey(record, step.name);
  const writes: LocalWrite[] = [];
  const { clock } = runtime;

  const call = async (signal: AbortSignal): Promise<object> => {
    const context: StepContext = {
      sagaId: record.id,
      subject: record.subject,
      step: step.name,
      attempt: forward ? stepRecord.attempts : (stepRecord.undo?.attempts ?? 0) + 1,
      idempotencyKey,
      signal,
      reason: record.reason,
      commit: (write) => void writes.push(write),
    };
    await faultPoint(`saga.${forward ? 'before-step' : 'before-compensation'}:${step.name}`);
    const patch = forward ? await step.run(record.state, context) : await step.compensate?.(record.state, context);
    await faultPoint(`saga.${forward ? 'after-call' : 'after-compensation'}:${step.name}`);
    return checkPatch(patch, step.name);
  };

  try {
    const patch = await withTimeout(
      stepPlan.attemptTimeoutMs,
      (signal) =>
        runInContext(
          {
            trace: childTrace(parseTraceparent(record.traceparent ?? undefined) ?? newTrace()),
            identity: runtime.identity,
            deadline: deadlineIn(stepPlan.attemptTimeoutMs, clock),
            signal,
            idempotencyKey,
          },
          () => call(signal),
        ),
      { signal: held.signal, clock, what: `${forward ? 'step' : 'undoing'} ${step.name} of saga ${record.name}` },
    );
    return { ok: true, patch, writes };
  } catch (error) {
    return { ok: false, error: toPlatformError(error) };
  }
}

function checkPatch(patch: unknown, step: string): object {
  if (patch === undefined || patch === null) return {};
  if (typeof patch === 'object' && !Array.isArray(patch)) return patch;
  throw new PlatformError(
    sagaReasons.SAGA_STATE_INVALID,
    `step ${step} returned a ${typeof patch} instead of an object`,
  );
}
