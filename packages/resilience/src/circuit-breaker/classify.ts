import { type Code, isPlatformError, toPlatformError } from '@mainstay/kernel';
import { resilienceReasons } from '../errors.ts';

/**
 * What the end of a call says about the thing called: it works, it does not, or nothing at all.
 */
export type CallOutcome = 'success' | 'failure' | 'neutral';

const failures: ReadonlySet<Code> = new Set(['unavailable', 'deadline_exceeded', 'internal', 'unknown', 'data_loss']);
const silent: ReadonlySet<Code> = new Set(['canceled', 'resource_exhausted']);

/**
 * Judges an error by its gRPC code.
 *
 * `unavailable`, `deadline_exceeded`, `internal`, `unknown` and `data_loss` are failures, and so is whatever is no
 * PlatformError. `canceled` and `resource_exhausted` say nothing, nor does a call that never left because its deadline had
 * passed, or one refused by another circuit further on. All other codes are answers of a service that works.
 */
export function classifyError(error: unknown): CallOutcome {
  const platformError = toPlatformError(error);
  if (isPlatformError(platformError, resilienceReasons.CIRCUIT_OPEN)) return 'neutral';
  const { code, executed } = platformError;
  if (code === 'deadline_exceeded' && executed === 'no') return 'neutral';
  if (failures.has(code)) return 'failure';
  return silent.has(code) ? 'neutral' : 'success';
}
