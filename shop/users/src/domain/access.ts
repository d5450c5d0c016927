import type { Identity } from '@mainstay/kernel/context';

/** Which account a request means, once `me` is resolved; undefined when the caller may not see it. */
export function visibleUserId(identity: Identity, requested: string): string | undefined {
  if (identity.kind === 'service') return requested;
  if (identity.kind !== 'user' || identity.userId === undefined) return undefined;
  if (requested === 'me' || requested === identity.userId) return identity.userId;
  return identity.roles.includes('admin') ? requested : undefined;
}
