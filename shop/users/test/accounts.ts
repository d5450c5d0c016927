import { create } from '@bufbuild/protobuf';
import {
  CreateSessionRequestSchema,
  type CreateSessionResponse,
  CreateUserRequestSchema,
  type User,
} from '@mainstay/contracts/users/v1/users';
import { silentLogger } from '@mainstay/kernel';
import { type Identity, newTrace, runInContext } from '@mainstay/kernel/context';
import type { MigrationDirectory } from '@mainstay/postgres';
import { testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { createSession } from '../src/rpc/create-session.ts';
import { createUser } from '../src/rpc/create-user.ts';
import type { UsersDependencies } from '../src/rpc/dependencies.ts';
import { KeyRing } from '../src/sessions/key-ring.ts';
import { createPasswordHasher } from '../src/sessions/password-hasher.ts';

export const goodPassword = 'correct horse battery';

/** The service's parts on a database of its own, with a clock that stands still at the real time of start. */
export interface TestAccounts extends AsyncDisposable {
  readonly deps: UsersDependencies;
  readonly clock: FakeClock;
  register(email: string, password?: string): Promise<User>;
  signIn(email: string, password?: string): Promise<CreateSessionResponse>;
  as<T>(identity: Partial<Identity>, run: () => T): T;
}

/** @param migrations - of packages that the test uses beside the service's own. */
export async function openTestAccounts(migrations: readonly MigrationDirectory[] = []): Promise<TestAccounts> {
  const db = await testDatabase({ migrations: [...migrations, new URL('../migrations/', import.meta.url)] });
  const clock = new FakeClock(Date.now());
  const keys = new KeyRing({
    database: db.database,
    clock,
    logger: silentLogger,
    keyLifeMs: 86_400_000,
    tokenLifeMs: 900_000,
  });
  const deps: UsersDependencies = {
    database: db.database,
    clock,
    keys,
    passwords: createPasswordHasher(3),
    accessTokens: { issuer: 'test-issuer', audience: 'test-audience', lifeMs: 900_000, keys, clock },
    sessionLifeMs: 30 * 86_400_000,
    lockout: { threshold: 5, baseMs: 30_000, maxMs: 900_000, forgetAfterMs: 3_600_000 },
  };
  return {
    deps,
    clock,
    async register(email, password = goodPassword) {
      const request = create(CreateUserRequestSchema, { email, password, firstName: 'Test', lastName: 'User' });
      return (await createUser(deps, request)).user!;
    },
    signIn: (email, password = goodPassword) =>
      createSession(deps, create(CreateSessionRequestSchema, { email, password })),
    as: (identity, run) =>
      runInContext({ trace: newTrace(), identity: { kind: 'user', roles: ['customer'], ...identity } }, run),
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
    },
  };
}
