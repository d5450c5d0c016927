import type { User } from '@mainstay/contracts/users/v1/users';
import { rolesInForce } from '../domain/roles-in-force.ts';
import { signAccessToken } from '../sessions/access-token.ts';
import { grantsInForce } from '../store/role-grants-store.ts';
import type { UserRow } from '../store/tables.ts';
import type { UsersDependencies } from './dependencies.ts';
import { userMessage } from './user-message.ts';

/** Longest life of a token with a role that was given for a time: how long one that was taken back may still count. */
const grantedLifeMs = 300_000;

/** What an answer says of a session that goes on. */
interface SignedSession {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly tokenType: 'Bearer';
  readonly user: User;
}

/** Signs a token with the roles of this moment; with one that was given for a time it ends with the grant, and says for whom. */
export async function signSession(
  { accessTokens, clock, database }: UsersDependencies,
  user: UserRow,
  sessionId: string,
): Promise<SignedSession> {
  const nowMs = clock.nowMs();
  const rows = await grantsInForce(database.kysely, user.id, new Date(nowMs));
  const given = rows.map(({ id, role, customer_id: customerId, expires_at: endsAt }) => ({
    id,
    role,
    customerId,
    endsAt,
  }));
  const { roles, grants, untilMs } = rolesInForce(user.roles, given);
  const { lifeMs } = accessTokens;
  const limitMs = untilMs === undefined ? lifeMs : Math.min(lifeMs, grantedLifeMs, untilMs - nowMs);
  const lifeSeconds = Math.floor(limitMs / 1_000);
  return {
    accessToken: await signAccessToken(accessTokens, { userId: user.id, roles, grants, sessionId, lifeSeconds }),
    expiresIn: lifeSeconds,
    tokenType: 'Bearer',
    user: { ...userMessage(user), roles: [...roles] },
  };
}
