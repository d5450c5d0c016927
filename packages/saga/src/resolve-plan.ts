import { optionError } from '@mainstay/kernel';
import type { GatePlan, SagaPlan, StepPlan } from './core/plan.ts';
import type { ParallelSteps, SagaOptions, SagaStep } from './saga-options.ts';

const nameShape = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The steps of a saga one after the other, each with its stage. */
export function flatSteps<State extends object>(
  steps: readonly (SagaStep<State> | ParallelSteps<State>)[],
): readonly { readonly step: SagaStep<State>; readonly stage: number }[] {
  return steps.flatMap((one, stage) => ('parallel' in one ? one.parallel : [one]).map((step) => ({ step, stage })));
}

/** Fills in the defaults of a saga and checks its numbers, names and references. */
export function resolvePlan<State extends object>(options: SagaOptions<State>): SagaPlan {
  checkName('saga.name', options.name);
  const steps = flatSteps(options.steps).map(({ step, stage }) => resolveStep(step, stage));
  if (steps.length === 0) throw optionError('saga.steps', 'at least one step', 0);
  const names = steps.map((step) => step.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw optionError('saga.steps', 'steps with different names', twice);
  const stageOf = (option: 'cancelUntil' | 'pivot'): number => {
    const name = options[option];
    if (name === undefined) return options.steps.length;
    const step = steps.find((one) => one.name === name);
    if (step === undefined) throw optionError(`saga.${option}`, `one of ${names.join(', ')}`, name);
    return step.stage;
  };
  const { undoRetry } = options;
  const pivotStage = stageOf('pivot');
  const child = steps.find(({ gate, stage }) => gate?.on === 'child' && stage > pivotStage);
  if (child !== undefined) throw optionError(`saga.steps.${child.name}`, 'a saga before the pivot', 'behind it');
  const version = positive('saga.version', options.version ?? 1);
  for (const { from, name } of options.migrations ?? []) {
    checkName('saga.migrations[].name', name);
    if (from >= version) throw optionError('saga.migrations[].from', `less than ${version}`, from);
  }
  return {
    name: options.name,
    version,
    steps,
    timeLimitMs: positive('saga.timeLimitMs', options.timeLimitMs ?? 600_000),
    cancelUntilStage: stageOf('cancelUntil'),
    pivotStage,
    undoBackoff: {
      initialDelayMs: positive('saga.undoRetry.initialDelayMs', undoRetry?.initialDelayMs ?? 200),
      maxDelayMs: positive('saga.undoRetry.maxDelayMs', undoRetry?.maxDelayMs ?? 30_000),
    },
    interventionAfterAttempts: positive('saga.interventionAfterAttempts', options.interventionAfterAttempts ?? 10),
    forwardSecrets: options.forwardSecrets ?? [],
  };
}

function resolveStep<State extends object>(step: SagaStep<State>, stage: number): StepPlan {
  checkName('saga.steps[].name', step.name);
  const retry = step.retry ?? {};
  const at = `saga.steps.${step.name}`;
  if (step.run === undefined && step.waitFor === undefined && step.saga === undefined) {
    throw optionError(at, 'a step with run, waitFor or saga', 'none of them');
  }
  if (step.saga !== undefined && ('run' in step || 'compensate' in step || step.waitFor !== undefined)) {
    throw optionError(at, 'saga without run, compensate and waitFor', 'both');
  }
  return {
    name: step.name,
    stage,
    undoable: step.compensate !== undefined || step.saga !== undefined,
    inquirable: step.inquire !== undefined,
    mustSucceed: step.mustSucceed ?? false,
    retryUnknown: retry.on !== 'not-run',
    attemptTimeoutMs: positive(`${at}.attemptTimeoutMs`, step.attemptTimeoutMs ?? 10_000),
    maxAttempts:
      retry.maxAttempts === Infinity ? Infinity : positive(`${at}.retry.maxAttempts`, retry.maxAttempts ?? 10),
    timeLimitMs: positive(`${at}.retry.timeLimitMs`, retry.timeLimitMs ?? 60_000),
    backoff: {
      initialDelayMs: positive(`${at}.retry.initialDelayMs`, retry.initialDelayMs ?? 100),
      maxDelayMs: positive(`${at}.retry.maxDelayMs`, retry.maxDelayMs ?? 5_000),
    },
    gate: resolveGate(step),
  };
}

function resolveGate<State extends object>({ name, saga, waitFor }: SagaStep<State>): GatePlan | null {
  const at = `saga.steps.${name}.waitFor`;
  if (saga !== undefined) return { on: 'child' };
  if (waitFor === undefined) return null;
  if ('event' in waitFor) {
    checkName(`${at}.event`, waitFor.event);
    const limitMs = positive(`${at}.timeLimitMs`, waitFor.timeLimitMs ?? 86_400_000);
    return { on: 'event', event: waitFor.event, limitMs, atLimit: waitFor.atLimit ?? 'fail' };
  }
  if ('ms' in waitFor) {
    const ms = positive(`${at}.ms`, waitFor.ms);
    return { on: 'time', untilMs: (_, grantedAtMs) => grantedAtMs + ms };
  }
  return { on: 'time', untilMs: (state) => waitFor.untilMs(state as State) };
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw optionError(name, 'an integer of at least 1', value);
  return value;
}

// Names stand in idempotency keys, where a colon would separate, and in lists with commas and plus signs.
function checkName(name: string, value: string): void {
  if (!nameShape.test(value) || value.length > 60) {
    throw optionError(name, 'kebab-case of at most 60 characters', value);
  }
}
