import { defaultTimeoutMs } from './method-policy.ts';

/**
 * Tells whether callers left a call so little that its running out says nothing about what is called: less than half of what
 * its contract gives, or of the usual time where that gives none.
 *
 * Without this, callers with short deadlines of their own could open the circuit of a healthy service for all others.
 *
 * @param leftMs - when it began; `Infinity` without a deadline.
 * @param timeoutMs - of its contract.
 */
export function isHurried(leftMs: number, timeoutMs: number | undefined): boolean {
  return leftMs < (timeoutMs ?? defaultTimeoutMs) / 2;
}
