import { type Clock, isPlatformError } from '@mainstay/kernel';
import type { ResolvedMethodPolicy } from '@mainstay/rpc';
import { gatewayReasons } from '../errors.ts';
import { readBearerToken, verifyToken } from './bearer.ts';
import { anonymousCaller, type Caller } from './caller.ts';
import type { TokenIssuers } from './issuers/token-issuers.ts';
import type { KeySetCache } from './key-set.ts';

/** What tokens are checked with. */
export interface TokenChecks {
  /** Keys of the users service, which signs every token that none of the issuers does. */
  readonly keySets: KeySetCache;
  readonly issuers: TokenIssuers;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Tells who is signed in, from the `Authorization` header alone.
 *
 * A forged or malformed token is refused everywhere. On a public route an expired token counts as none, so that a client
 * which sends its header always can still refresh its session, and so does any token while the keys are not known,
 * because public routes must not need the users service.
 *
 * @throws {@link PlatformError} as {@link readBearerToken} and {@link verifyToken}.
 */
export async function authenticate(
  authorization: string | undefined,
  policy: Pick<ResolvedMethodPolicy, 'access'>,
  context: TokenChecks,
): Promise<Caller> {
  const token = readBearerToken(authorization);
  if (token === undefined) return anonymousCaller;
  try {
    return await (context.issuers.verify(token) ?? verifyToken(token, context.keySets, context.clock));
  } catch (error) {
    const harmless =
      isPlatformError(error, gatewayReasons.TOKEN_EXPIRED) ||
      isPlatformError(error, gatewayReasons.KEY_SET_UNAVAILABLE);
    if (policy.access === 'public' && harmless) return anonymousCaller;
    throw error;
  }
}
