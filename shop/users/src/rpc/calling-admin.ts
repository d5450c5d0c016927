import { PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { usersReasons } from '../errors.ts';

/**
 * The user who calls, to be recorded with what is done; the contract lets administrators alone come here.
 *
 * @throws {@link PlatformError} `permission_denied` / `ROLE_GRANT_BY_USER` for a service, which is nobody to answer for it.
 */
export function callingAdmin(): string {
  const userId = currentContext()?.identity?.userId;
  if (userId !== undefined) return userId;
  throw new PlatformError(usersReasons.ROLE_GRANT_BY_USER, 'a role is given and taken by a user, not by a service');
}
