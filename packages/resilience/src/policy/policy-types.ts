import type { Cancellation, Deadline } from '@mainstay/kernel';

/**
 * What makes repeating a method harmless: nothing, that it changes nothing, or the key it carries.
 */
export type Idempotency = 'none' | 'safe' | 'keyed';

/**
 * How much a call matters when not all can be served.
 *
 * `critical`: health checks and payments; `normal`: what users wait for; `low`: browsing; `background`: nobody waits.
 */
export type Priority = 'critical' | 'normal' | 'low' | 'background';

/** That an answer is not what the dependency would have said now. */
export interface Degradation {
  readonly policy: 'fallback' | 'stale_cache';
  /** Name of the policy as it was given. */
  readonly name: string;
  /** Age of a stale answer in whole milliseconds. */
  readonly ageMs?: number;
}

/** What is known about one call; all of it optional. */
export interface CallFacts {
  /** Cancels the call: ends its waits, and aborts `call.signal`. */
  readonly signal?: AbortSignal | undefined;
  /** The same for callers that make a signal only when somebody asks for one; counts instead of `signal`. */
  readonly cancellation?: Cancellation | undefined;
  /** Nothing is begun that would end after it; default the deadline of the current call context. */
  readonly deadline?: Deadline | undefined;
  /** The caller left it less than such calls may take: that its time runs out then says nothing about what is called. */
  readonly isHurried?: boolean | undefined;
  /** What makes repeating this call harmless, where it differs from the policy's own. */
  readonly idempotency?: Idempotency | undefined;
  /** Default `normal`. */
  readonly priority?: Priority | undefined;
  /** Whose call it is, for example a tenant: waiting callers take turns by it. */
  readonly callerClass?: string | undefined;
  /** What is asked for, where a stale cache may remember the answer; without a key nothing is kept. */
  readonly cacheKey?: string | undefined;
  /** Oldest answer that may stand in for this call, in milliseconds, where it is less than the cache's own limit. */
  readonly maxStaleMs?: number | undefined;
  /** Told when the answer is a fall-back or a stale one, so that the caller can show it. */
  readonly onDegraded?: ((degradation: Degradation) => void) | undefined;
}

/** What the function is told. */
export interface PolicyCall {
  /**
   * Aborted when a time-out, a faster hedge or the caller ends this try.
   *
   * Made when it is asked for; a function that never asks pays nothing for it.
   */
  readonly signal: AbortSignal;
  /** 1 at the first try. */
  readonly attempt: number;
  /** The earliest of the caller's deadline and the time-outs around; hand it on to the next hop. */
  readonly deadline: Deadline | undefined;
}

/** Key of a property that exists in types only: it says what a policy may answer. */
declare const answers: unique symbol;

/** What a policy may answer besides the function's result. */
export type AnswerOf<P> = P extends { readonly [answers]?: infer R } ? R : never;

/**
 * A way to call a function: again, later, not at all, or with another answer.
 *
 * @typeParam R - what `execute` may answer besides the function's own result; `never` without a fall-back.
 */
export interface Policy<R = never> {
  readonly [answers]?: R;
  /**
   * Calls the function under this policy.
   *
   * @param run - gets the signal and the number of the try; may answer at once or with a promise.
   * @param about - a signal, or more facts about this call.
   */
  execute<T>(run: (call: PolicyCall) => T | PromiseLike<T>, about?: AbortSignal | CallFacts): Promise<T | R>;
}
