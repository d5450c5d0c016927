import { create } from '@bufbuild/protobuf';
import {
  type RefreshSessionRequest,
  type RefreshSessionResponse,
  RefreshSessionResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { PlatformError } from '@mainstay/kernel';
import { usersReasons } from '../errors.ts';
import { newRefreshToken, sha256 } from '../sessions/refresh-token.ts';
import { endSession, lockToken, rotateToken } from '../store/sessions-store.ts';
import { findUser } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { signSession } from './sign-session.ts';

/**
 * Exchanges a refresh token for a new pair (RFC 9700 section 4.14.2).
 *
 * A second use means that two parties hold the token; nobody can tell which is the thief, so the session ends.
 */
export async function refreshSession(
  deps: UsersDependencies,
  request: RefreshSessionRequest,
): Promise<RefreshSessionResponse> {
  const { database, clock } = deps;
  const usedHash = sha256(request.refreshToken);
  const nextToken = newRefreshToken();
  const outcome = await database.transaction(async (tx) => {
    const token = await lockToken(tx.kysely, usedHash);
    if (token === undefined || token.ended_at !== null || token.expires_at.getTime() <= clock.nowMs()) return 'invalid';
    if (token.used_at !== null) {
      await endSession(tx.kysely, token.session_id, 'token_reused');
      return 'reused';
    }
    const user = await findUser(tx.kysely, token.user_id);
    if (user === undefined || user.status !== 'active') return 'invalid';
    await rotateToken(tx.kysely, token.session_id, { used: usedHash, next: sha256(nextToken) });
    return { user, sessionId: token.session_id };
  });
  if (outcome === 'invalid') {
    throw new PlatformError(usersReasons.REFRESH_TOKEN_INVALID, 'the refresh token is not valid, sign in again');
  }
  if (outcome === 'reused') {
    throw new PlatformError(
      usersReasons.REFRESH_TOKEN_REUSED,
      'the refresh token was used before; its session was ended for safety, sign in again',
    );
  }
  const { user, sessionId } = outcome;
  return create(RefreshSessionResponseSchema, {
    ...(await signSession(deps, user, sessionId)),
    refreshToken: nextToken,
  });
}
