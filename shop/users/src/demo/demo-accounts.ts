import { isPlatformError, optionError, uuidv7 } from '@mainstay/kernel';
import { isUniqueViolation } from '@mainstay/postgres';
import type { UsersDependencies } from '../rpc/dependencies.ts';
import { findUserByEmail, insertUser } from '../store/users-store.ts';

const accounts = [
  { email: 'demo@shop.test', password: 'demo-password-1', first: 'Dana', last: 'Demo', roles: ['customer'] },
  { email: 'admin@shop.test', password: 'admin-password-1', first: 'Ada', last: 'Admin', roles: ['customer', 'admin'] },
] as const;

/**
 * Decides whether the demo accounts are made.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` when they are asked for in production: their passwords are public.
 */
export function wantsDemoAccounts(setting: 'auto' | 'on' | 'off', mode: 'local' | 'production'): boolean {
  if (setting === 'on' && mode === 'production') {
    throw optionError('users.demo.accounts', '"auto" or "off" in production mode', setting);
  }
  return setting === 'on' || (setting === 'auto' && mode === 'local');
}

/** Makes the demo accounts that do not exist yet; safe when two instances start at once. */
export async function makeDemoAccounts(deps: UsersDependencies): Promise<void> {
  const db = deps.database.kysely;
  for (const account of accounts) {
    if ((await findUserByEmail(db, account.email)) !== undefined) continue;
    try {
      await insertUser(db, {
        id: uuidv7(deps.clock),
        email: account.email,
        password_hash: await deps.passwords.hash(account.password),
        first_name: account.first,
        last_name: account.last,
        roles: [...account.roles],
      });
    } catch (error) {
      // Another instance made it in between; that is what was wanted.
      if (!isUniqueViolation(error, 'users_email_key') || !isPlatformError(error)) throw error;
    }
  }
}
