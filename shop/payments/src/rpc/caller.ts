import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { currentContext, type Identity } from '@mainstay/kernel/context';

/**
 * The user on whose behalf the call is made.
 *
 * @throws {@link PlatformError} `REQUEST_INVALID` when a service calls for itself.
 */
export function callingUserId(): string {
  const userId = currentContext()?.identity.userId;
  if (userId !== undefined) return userId;
  throw new PlatformError(kernelReasons.REQUEST_INVALID, 'this call is made for a user; services have no cards');
}

/** Whether a payment of this user may be shown to the caller. */
export function maySee(identity: Identity | undefined, ownerId: string | null): boolean {
  if (identity === undefined) return false;
  if (identity.kind === 'service' || identity.roles.includes('admin')) return true;
  return identity.kind === 'user' && identity.userId === ownerId;
}
