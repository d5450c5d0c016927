import { currentContext } from '@mainstay/kernel/context';

/** Whether the caller may see products that are off sale. */
export function seesInactive(): boolean {
  return currentContext()?.identity.roles.includes('admin') ?? false;
}
