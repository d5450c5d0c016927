import { type Clock, isPlatformError } from '@mainstay/kernel';
import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '@mainstay/rpc';
import { gatewayReasons } from '../errors.ts';
import { readBearerToken, verifyToken } from './bearer.ts';
import type { KeySetCache } from './key-set.ts';

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
  context: { readonly keySets: KeySetCache; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<Identity> {
  const token = readBearerToken(authorization);
  if (token === undefined) return anonymousIdentity;
  try {
    return await verifyToken(token, context.keySets, context.clock);
  } catch (error) {
    const harmless =
      isPlatformError(error, gatewayReasons.TOKEN_EXPIRED) ||
      isPlatformError(error, gatewayReasons.KEY_SET_UNAVAILABLE);
    if (policy.access === 'public' && harmless) return anonymousIdentity;
    throw error;
  }
}
