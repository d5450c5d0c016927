import { type Logger, type Meter, toPlatformError } from '@mainstay/kernel';
import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { EngineCall } from '../engine/engine.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { headers } from '../wire/headers.ts';
import { createCallerAudit } from './caller-audit.ts';
import { checkAccess } from './check-access.ts';

/**
 * Gives the identity of a call that is admitted.
 *
 * @throws {@link PlatformError} what {@link checkAccess} throws, or `IDENTITY_INVALID`.
 */
export type CallerAdmission = (call: EngineCall, policy: ResolvedMethodPolicy) => Identity;

/**
 * Makes the first check of a server: finds out who calls, admits whom the contract names, and keeps account.
 *
 * A call in the process names its caller; over a socket the signed header does, and without one it is nobody's.
 */
export function createCallerAdmission(options: {
  readonly identity: IdentityVerifier;
  readonly logger: Logger;
  readonly meter: Meter;
}): CallerAdmission {
  const audit = createCallerAudit(options);

  const identify = (call: EngineCall): Identity => {
    if (call.local !== undefined) return call.local.caller;
    const header = call.header.get(headers.identity);
    return header === undefined ? anonymousIdentity : options.identity.verify(header);
  };

  return (call, policy) => {
    let identity: Identity | undefined;
    try {
      identity = identify(call);
      checkAccess(policy, identity, call.method);
    } catch (error) {
      audit.refused(call, toPlatformError(error), identity?.viaService);
      throw error;
    }
    audit.admitted(call.method, identity.viaService);
    return identity;
  };
}
