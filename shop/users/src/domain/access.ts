import type { Identity } from '@mainstay/kernel/context';

/** Roles whose holders may read every account, and those whose holders may change it. */
export const accountReaders: readonly string[] = ['admin', 'support'];
const accountEditors: readonly string[] = ['admin'];

/** Which account a request means, once `me` is resolved; undefined when it is another's and the caller has none of the roles. */
export function visibleUserId(
  identity: Identity,
  requested: string,
  roles: readonly string[] = accountEditors,
): string | undefined {
  if (identity.kind === 'service') return requested;
  if (identity.kind !== 'user' || identity.userId === undefined) return undefined;
  if (requested === 'me' || requested === identity.userId) return identity.userId;
  return identity.roles.some((role) => roles.includes(role)) ? requested : undefined;
}
