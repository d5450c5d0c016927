import { PlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import { type ResolvedMethodPolicy, rpcReasons } from '@mainstay/rpc';
import { gatewayReasons } from '../errors.ts';
import type { Route } from './compile-routes.ts';

/** What opens a route to a key: its service, and whether it only reads. */
export function scopeOf({ serviceName, policy }: Pick<Route, 'serviceName' | 'policy'>): string {
  return `${serviceName}.${policy.idempotency === 'safe' ? 'read' : 'write'}`;
}

/**
 * Decides whether a key or a token opens a route; one without scopes opens all.
 *
 * @param holder - for the message.
 *
 * @throws {@link PlatformError} `permission_denied` / `SCOPE_REQUIRED`; executed: no.
 */
export function requireScope(
  scopes: readonly string[],
  route: Pick<Route, 'serviceName' | 'policy'>,
  holder: 'API key' | 'access token' = 'API key',
): void {
  if (scopes.length === 0 || scopes.includes(scopeOf(route))) return;
  throw new PlatformError(
    gatewayReasons.SCOPE_REQUIRED,
    `the ${holder} needs the scope ${scopeOf(route)} for this route`,
  );
}

/**
 * Decides whether a caller may use a route, from the contract alone.
 *
 * The called service decides the same again, and what only it can know: whose order it is.
 *
 * @throws {@link PlatformError} `unauthenticated` / `TOKEN_REQUIRED` or `permission_denied` / `ROLE_REQUIRED`;
 * executed: no.
 */
export function requireAccess(policy: Pick<ResolvedMethodPolicy, 'access' | 'roles'>, identity: Identity): void {
  if (policy.access === 'public') return;
  if (identity.kind !== 'user') throw new PlatformError(gatewayReasons.TOKEN_REQUIRED, 'sign in to use this route');
  if (policy.access !== 'role' || identity.roles.some((role) => policy.roles.includes(role))) return;
  const roles = policy.roles.join(' or ');
  throw new PlatformError(rpcReasons.ROLE_REQUIRED, `this route is for the role ${roles}`);
}
