import { type Clock, uuidv7 } from '@mainstay/kernel';
import { SignJWT } from 'jose';
import type { GivenRole } from '../domain/roles-in-force.ts';
import type { KeyRing } from './key-ring.ts';

/** What the tokens say of their origin. */
export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly lifeMs: number;
  readonly keys: KeyRing;
  readonly clock: Clock;
}

/**
 * Signs an access token (RFC 9068 claims, EdDSA): who, with which roles, in which session, until when;
 * `grants` names the roles that count for one customer each.
 *
 * @returns the compact JWT; it names no e-mail address and nothing else personal.
 */
export async function signAccessToken(
  options: AccessTokenOptions,
  subject: {
    readonly userId: string;
    readonly roles: readonly string[];
    /** Which of the roles count for one customer alone. */
    readonly grants: readonly Pick<GivenRole, 'id' | 'role' | 'customerId'>[];
    readonly sessionId: string;
    readonly lifeSeconds: number;
  },
): Promise<string> {
  const { kid, key } = await options.keys.signingKey();
  const nowSeconds = Math.floor(options.clock.nowMs() / 1_000);
  const grants = subject.grants.map(({ id, role, customerId }) => ({ id, role, customer: customerId }));
  return await new SignJWT({ roles: subject.roles, sid: subject.sessionId, ...(grants.length > 0 && { grants }) })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
    .setSubject(subject.userId)
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setJti(uuidv7(options.clock))
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + subject.lifeSeconds)
    .sign(key);
}
