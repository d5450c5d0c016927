/** Pauses between attempts: exponential, with a cap and jitter between half and the whole pause. */
export interface BackoffPlan {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/** What a step waits for before its action runs. */
export type GatePlan =
  | { readonly on: 'event'; readonly event: string; readonly limitMs: number; readonly atLimit: 'fail' | 'run' }
  | { readonly on: 'time'; readonly untilMs: (state: object, grantedAtMs: number) => number }
  | { readonly on: 'child' };

/** What the decisions need to know about one step. */
export interface StepPlan {
  readonly name: string;
  /** Steps of one stage run side by side; a stage begins when the one before it is done. */
  readonly stage: number;
  /** Whether the step has a counter-action. */
  readonly undoable: boolean;
  /** Whether the participant can be asked what became of an attempt. */
  readonly inquirable: boolean;
  /** Retried for ever whatever the error says; a saga never goes back from here. */
  readonly mustSucceed: boolean;
  /** Whether a failure whose outcome is not known may be followed by another attempt. */
  readonly retryUnknown: boolean;
  readonly attemptTimeoutMs: number;
  /** Attempts before the step counts as failed; `Infinity` leaves the limit to time. */
  readonly maxAttempts: number;
  /** Time from the first attempt after which no further one is granted. */
  readonly timeLimitMs: number;
  readonly backoff: BackoffPlan;
  readonly gate: GatePlan | null;
}

/** What the decisions need to know about a definition: the pure part of it. */
export interface SagaPlan {
  readonly name: string;
  readonly version: number;
  /** In the order of the definition, stage by stage. */
  readonly steps: readonly StepPlan[];
  readonly timeLimitMs: number;
  /** Cancel requests are honoured until a step of this stage begins; the number of stages when always. */
  readonly cancelUntilStage: number;
  /** Once this stage is done the saga only goes forward; the number of stages when there is always a way back. */
  readonly pivotStage: number;
  readonly undoBackoff: BackoffPlan;
  /** Failed attempts of an undo (or of a step that must succeed) after which a person has to look. */
  readonly interventionAfterAttempts: number;
  /** State keys that only forward steps need; kept apart, and erased as soon as the saga compensates or ends. */
  readonly forwardSecrets: readonly string[];
}

/** True for a step that has no way back: it must succeed, or stands behind the pivot. */
export function isForwardOnly(plan: SagaPlan, step: StepPlan): boolean {
  return step.mustSucceed || step.stage > plan.pivotStage;
}
