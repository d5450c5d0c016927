import { PlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { rpcReasons } from '../errors.ts';

/**
 * Refuses a caller that the contract does not allow.
 *
 * Whoever comes with a signed identity is a service of the fleet, so `internal` asks for that alone; a service that
 * acts for itself may call everything; for a user, and for nobody, the user's own rights count.
 *
 * @throws {@link PlatformError} `IDENTITY_REQUIRED`, `ROLE_REQUIRED` or `METHOD_INTERNAL`; executed: no.
 */
export function checkAccess(policy: ResolvedMethodPolicy, identity: Identity, method: string): void {
  switch (policy.access) {
    case 'public':
      return;
    case 'internal':
      if (identity.viaService === undefined) {
        throw new PlatformError(rpcReasons.METHOD_INTERNAL, `${method} is for other services only`);
      }
      return;
    case 'authenticated':
      requireCaller(identity, method);
      return;
    case 'role':
      requireCaller(identity, method);
      if (identity.kind === 'user' && !policy.roles.some((role) => identity.roles.includes(role))) {
        const roles = policy.roles.join(' or ');
        throw new PlatformError(rpcReasons.ROLE_REQUIRED, `${method} demands the role ${roles}`);
      }
  }
}

function requireCaller(identity: Identity, method: string): void {
  if (identity.kind === 'anonymous') {
    throw new PlatformError(rpcReasons.IDENTITY_REQUIRED, `${method} demands a signed-in caller`);
  }
}
