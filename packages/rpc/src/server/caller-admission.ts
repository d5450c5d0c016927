import { type Logger, type Meter, toPlatformError } from '@mainstay/kernel';
import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { EngineCall } from '../engine/engine.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { headers } from '../wire/headers.ts';
import { createCallerAudit } from './caller-audit.ts';
import { checkAccess } from './check-access.ts';
import { checkCertificate } from './check-certificate.ts';

/**
 * Gives the identity of a call that is admitted.
 *
 * @throws {@link PlatformError} what {@link checkAccess} throws, `IDENTITY_INVALID` or `CALLER_MISMATCH`.
 */
export type CallerAdmission = (call: EngineCall, policy: ResolvedMethodPolicy) => Identity;

/**
 * Makes the first check of a server: finds out who calls, admits whom the contract names, and keeps account.
 *
 * A call in the process names its caller; over a socket the signed header does, and without one it is nobody's. Where
 * connections are proved by certificates, the certificate must name the service that signed.
 */
export function createCallerAdmission(options: {
  readonly identity: IdentityVerifier;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Fleet whose certificates prove services; default none, certificates then say nothing about them. */
  readonly fleet?: string | undefined;
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
      if (options.fleet !== undefined && call.local === undefined) checkCertificate(call.peer, identity, options.fleet);
      checkAccess(policy, identity, call.method);
    } catch (error) {
      audit.refused(call, toPlatformError(error), identity?.viaService);
      throw error;
    }
    audit.admitted(call.method, identity.viaService);
    return identity;
  };
}
