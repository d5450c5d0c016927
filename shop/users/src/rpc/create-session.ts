import { create } from '@bufbuild/protobuf';
import {
  type CreateSessionRequest,
  type CreateSessionResponse,
  CreateSessionResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import { normalizeEmail } from '../domain/email.ts';
import { usersReasons } from '../errors.ts';
import { newRefreshToken, sha256 } from '../sessions/refresh-token.ts';
import { insertSession } from '../store/sessions-store.ts';
import { clearFailures, lockedForMs, recordFailure } from '../store/sign-in-failures-store.ts';
import { findUserByEmail } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { signSession } from './sign-session.ts';

/**
 * Signs in.
 *
 * Known and unknown addresses take the same path: one look-up, one hash, one failure counted. Only who
 * knows the password learns that an account is closed.
 */
export async function createSession(
  deps: UsersDependencies,
  request: CreateSessionRequest,
): Promise<CreateSessionResponse> {
  const { database, clock } = deps;
  const email = normalizeEmail(request.email);
  const emailHash = sha256(email);
  refuseLocked(await lockedForMs(database.kysely, emailHash, clock.nowMs()));

  const user = await findUserByEmail(database.kysely, email);
  const matches = await deps.passwords.verify(request.password, user?.password_hash);
  // Guesses that waited for the hasher together must not slip past a lock that one of them brought.
  refuseLocked(await lockedForMs(database.kysely, emailHash, clock.nowMs()));
  if (user === undefined || !matches) {
    await database.transaction((tx) => recordFailure(tx.kysely, emailHash, { ...deps.lockout, nowMs: clock.nowMs() }));
    throw new PlatformError(usersReasons.CREDENTIALS_INVALID, 'the e-mail address or the password is wrong');
  }
  await clearFailures(database.kysely, emailHash);
  if (user.status !== 'active') {
    throw new PlatformError(usersReasons.ACCOUNT_DEACTIVATED, 'this account is closed');
  }

  const refreshToken = newRefreshToken();
  const sessionId = uuidv7(clock);
  await database.transaction((tx) =>
    insertSession(
      tx.kysely,
      { id: sessionId, userId: user.id, expiresAt: new Date(clock.nowMs() + deps.sessionLifeMs) },
      sha256(refreshToken),
    ),
  );
  return create(CreateSessionResponseSchema, {
    ...(await signSession(deps, user, sessionId)),
    refreshToken,
  });
}

function refuseLocked(ms: number): void {
  if (ms <= 0) return;
  const seconds = Math.ceil(ms / 1_000);
  throw new PlatformError(usersReasons.ACCOUNT_LOCKED, `too many failed sign-ins, locked for ${seconds} s`, {
    retryAfterMs: ms,
  });
}
