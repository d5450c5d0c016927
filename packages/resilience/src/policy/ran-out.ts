import { toPlatformError } from '@mainstay/kernel';
import type { CallFacts } from './policy-types.ts';

/** Whether a call ended because of the little time that its caller left it, which says nothing about what is called. */
export function ranOut(error: unknown, { isHurried }: CallFacts): boolean {
  return isHurried === true && toPlatformError(error).code === 'deadline_exceeded';
}
