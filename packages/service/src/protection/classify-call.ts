import { discoveryReasons } from '@mainstay/discovery';
import { isPlatformError } from '@mainstay/kernel';
import { type CallOutcome, classifyError } from '@mainstay/resilience';

/**
 * Judges a failed call for the circuit of the called service.
 *
 * That no instance is registered, or that this process has used up its own connections, says nothing about how instances
 * behave, so it leaves the circuit as it is.
 */
export function classifyCall(error: unknown): CallOutcome {
  const isOwn =
    isPlatformError(error, discoveryReasons.NO_INSTANCE) || isPlatformError(error, discoveryReasons.UPSTREAM_OVERFLOW);
  return isOwn ? 'neutral' : classifyError(error);
}
