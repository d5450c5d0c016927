import type { DescMethod } from '@bufbuild/protobuf';
import { PlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import { methodName } from '../contract/method-name.ts';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { rpcReasons } from '../errors.ts';

/**
 * Refuses a caller that the contract does not allow: first by the service that calls, then by the user it calls for.
 *
 * Whoever comes with a signed identity is a service of the fleet. `internal` asks for one, `callers` for one of those
 * named. A service that acts for itself has every user's rights; for a user, and for nobody, the user's own count.
 *
 * @throws {@link PlatformError} `METHOD_INTERNAL`, `CALLER_NOT_ALLOWED`, `IDENTITY_REQUIRED` or `ROLE_REQUIRED`;
 * executed: no.
 */
export function checkAccess(policy: ResolvedMethodPolicy, identity: Identity, method: DescMethod): void {
  if (policy.access === 'internal' && identity.viaService === undefined) {
    throw new PlatformError(rpcReasons.METHOD_INTERNAL, `${methodName(method)} is for other services only`);
  }
  if (policy.callers !== undefined) requireCaller(policy.callers, identity.viaService, method);
  if (policy.access === 'authenticated' || policy.access === 'role') requireUser(policy, identity, method);
}

function requireCaller(callers: ReadonlySet<string>, caller: string | undefined, method: DescMethod): void {
  if (caller !== undefined && (callers.has(caller) || callers.has('*'))) return;
  const allowed = callers.has('*') ? 'services of the fleet' : [...callers].join(' and ');
  const who = caller ?? 'a caller that is no service of the fleet';
  const message = `the contract lets ${allowed} call ${methodName(method)}, not ${who}`;
  throw new PlatformError(rpcReasons.CALLER_NOT_ALLOWED, message);
}

function requireUser(policy: ResolvedMethodPolicy, identity: Identity, method: DescMethod): void {
  if (identity.kind === 'anonymous') {
    throw new PlatformError(rpcReasons.IDENTITY_REQUIRED, `${methodName(method)} demands a signed-in caller`);
  }
  if (policy.access !== 'role' || identity.kind !== 'user') return;
  if (policy.roles.some((role) => identity.roles.includes(role))) return;
  throw new PlatformError(
    rpcReasons.ROLE_REQUIRED,
    `${methodName(method)} demands the role ${policy.roles.join(' or ')}`,
  );
}
