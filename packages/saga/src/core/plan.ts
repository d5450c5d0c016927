/** Pauses between attempts: exponential, with a cap and jitter between half and the whole pause. */
export interface BackoffPlan {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/** What the decisions need to know about one step. */
export interface StepPlan {
  readonly name: string;
  /** Whether the step has a counter-action. */
  readonly undoable: boolean;
  /** Retried for ever whatever the error says; a saga never goes back from here. */
  readonly mustSucceed: boolean;
  readonly attemptTimeoutMs: number;
  /** Attempts before the step counts as failed; `Infinity` leaves the limit to time. */
  readonly maxAttempts: number;
  /** Time from the first attempt after which no further one is granted. */
  readonly timeLimitMs: number;
  readonly backoff: BackoffPlan;
}

/** What the decisions need to know about a definition: the pure part of it. */
export interface SagaPlan {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly StepPlan[];
  readonly timeLimitMs: number;
  /** Cancel requests are honoured until the first attempt of this step begins; the number of steps when always. */
  readonly cancelUntilIndex: number;
  readonly undoBackoff: BackoffPlan;
  /** Failed attempts of an undo (or of a step that must succeed) after which a person has to look. */
  readonly interventionAfterAttempts: number;
  /** State keys that only forward steps need: set to null as soon as the saga compensates or ends. */
  readonly forwardSecrets: readonly string[];
}
