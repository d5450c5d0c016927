import { leaseMigrations } from '@mainstay/leases';
import { inboxMigrations } from '@mainstay/messaging';
import { defineService, startLoop } from '@mainstay/service';
import { usersConfig } from './config.ts';
import { makeDemoAccounts, wantsDemoAccounts } from './demo/demo-accounts.ts';
import { userOrdersConsumer } from './events/user-orders-consumer.ts';
import { usersBinding } from './rpc/binding.ts';
import type { UsersDependencies } from './rpc/dependencies.ts';
import { KeyRing } from './sessions/key-ring.ts';
import { createPasswordHasher } from './sessions/password-hasher.ts';
import { deleteExpiredSessions } from './store/sessions-store.ts';

/** The users service: accounts, sign-in and sessions, and what accounts ordered in sum. */
export const usersService = defineService({
  name: 'users',
  version: '0.1.0',
  config: usersConfig,
  database: { migrations: [leaseMigrations, inboxMigrations, new URL('../migrations/', import.meta.url)] },
  async start({ config, database, clock, logger, mode, signal }) {
    const demo = wantsDemoAccounts(config['demo.accounts'], mode);
    const tokenLifeMs = config['tokens.access_life_ms'];
    const keys = new KeyRing({ database, clock, logger, tokenLifeMs, keyLifeMs: config['tokens.key_life_ms'] });
    const dependencies: UsersDependencies = {
      database,
      clock,
      keys,
      passwords: createPasswordHasher(config['password.concurrent_hashes']),
      accessTokens: {
        issuer: config['tokens.issuer'],
        audience: config['tokens.audience'],
        lifeMs: tokenLifeMs,
        keys,
        clock,
      },
      sessionLifeMs: config['sessions.life_ms'],
      lockout: {
        threshold: config['lockout.threshold'],
        baseMs: config['lockout.base_ms'],
        maxMs: config['lockout.max_ms'],
        forgetAfterMs: 3_600_000,
      },
    };
    if (demo) await makeDemoAccounts(dependencies);
    const sweeper = startLoop({
      name: 'removal of expired sessions',
      intervalMs: 3_600_000,
      clock,
      logger,
      signal,
      async run() {
        const removed = await deleteExpiredSessions(database.kysely, new Date(clock.nowMs()));
        if (removed > 0) logger.info('expired sessions removed', { removed });
      },
    });
    return {
      bindings: [usersBinding(dependencies)],
      consumers: [userOrdersConsumer],
      async [Symbol.asyncDispose]() {
        await sweeper[Symbol.asyncDispose]();
      },
    };
  },
});
