import { defineConfig } from '@mainstay/config';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

/** Settings of the users service; the environment name is `USERS_` and the key in upper case. */
export const usersConfig = defineConfig({
  name: 'users',
  keys: {
    'tokens.issuer': {
      schema: z.string().min(1),
      default: 'mainstay-users',
      description: '`iss` of the access tokens',
      reloadable: false,
    },
    'tokens.audience': {
      schema: z.string().min(1),
      default: 'mainstay',
      description: '`aud` of the access tokens',
      reloadable: false,
    },
    'tokens.access_life_ms': {
      schema: positive.min(10_000).max(3_600_000),
      default: 900_000,
      unit: 'ms',
      description: 'Life of an access token; short, because it cannot be called back',
      reloadable: false,
    },
    'tokens.key_life_ms': {
      schema: positive.min(3_600_000),
      default: 30 * 86_400_000,
      unit: 'ms',
      description: 'Age at which a new signing key replaces the current one',
      reloadable: false,
    },
    'sessions.life_ms': {
      schema: positive.min(60_000),
      default: 30 * 86_400_000,
      unit: 'ms',
      description: 'Life of a session; refreshing does not prolong it',
      reloadable: false,
    },
    'lockout.threshold': {
      schema: positive.max(100),
      default: 5,
      description: 'Failed sign-ins in a row before an e-mail address is locked',
      reloadable: false,
    },
    'lockout.base_ms': {
      schema: positive,
      default: 30_000,
      unit: 'ms',
      description: 'First lock; doubles with every further failure',
      reloadable: false,
    },
    'lockout.max_ms': {
      schema: positive,
      default: 900_000,
      unit: 'ms',
      description: 'Longest lock',
      reloadable: false,
    },
    'password.concurrent_hashes': {
      schema: positive.max(64),
      default: 3,
      description: 'Passwords hashed at once; each takes 19 MiB and one thread for about 25 ms',
      reloadable: false,
    },
    'demo.accounts': {
      schema: z.enum(['auto', 'on', 'off']),
      default: 'auto',
      description: 'Make the demo accounts at start; `auto` does so in local mode only, `on` is refused in production',
      reloadable: false,
    },
  },
});
