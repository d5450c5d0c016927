import type { Clock } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { LockoutPolicy } from '../domain/lockout.ts';
import type { AccessTokenOptions } from '../sessions/access-token.ts';
import type { KeyRing } from '../sessions/key-ring.ts';
import type { PasswordHasher } from '../sessions/password-hasher.ts';

/** What the methods of this service work with; made once in `service.ts`. */
export interface UsersDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly passwords: PasswordHasher;
  readonly keys: KeyRing;
  readonly accessTokens: AccessTokenOptions;
  readonly sessionLifeMs: number;
  readonly lockout: LockoutPolicy;
}
