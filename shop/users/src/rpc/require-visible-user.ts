import { isUuid, PlatformError } from '@mainstay/kernel';
import { anonymousIdentity, currentContext } from '@mainstay/kernel/context';
import { visibleUserId } from '../domain/access.ts';
import { usersReasons } from '../errors.ts';

/** The error of an account that does not exist, or that the caller may not know of. */
export function userNotFound(requested: string): PlatformError {
  return new PlatformError(usersReasons.USER_NOT_FOUND, `user ${JSON.stringify(requested)} was not found`, {
    metadata: { user_id: requested },
  });
}

/**
 * Resolves the account that a request means for its caller.
 *
 * @param roles - holders of one may mean every account, default those who may change it.
 * @throws {@link PlatformError} `not_found` / `USER_NOT_FOUND` for others' ids and for what is no id at all.
 */
export function requireVisibleUser(requested: string, roles?: readonly string[]): string {
  const identity = currentContext()?.identity ?? anonymousIdentity;
  const id = visibleUserId(identity, requested, roles);
  if (id === undefined || !isUuid(id)) throw userNotFound(requested);
  return id;
}
