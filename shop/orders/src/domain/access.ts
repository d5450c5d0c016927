import type { Identity } from '@mainstay/kernel/context';

/** True when the caller sees orders of everybody: administrators, and services that act for themselves. */
export function seesAllOrders(identity: Identity): boolean {
  return identity.kind === 'service' || (identity.kind === 'user' && identity.roles.includes('admin'));
}

/** Tells whether the caller may see an order of this user. */
export function maySee(identity: Identity, userId: string): boolean {
  return seesAllOrders(identity) || (identity.kind === 'user' && identity.userId === userId);
}
