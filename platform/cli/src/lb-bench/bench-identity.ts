import { randomBytes } from 'node:crypto';
import { createInternalIdentity, type IdentitySigner, type IdentityVerifier } from '@mainstay/rpc';

/** Variable with the key that client, proxies and instances of one bench share, 64 hex digits; the fleet's own works too. */
export const keyVariable = 'MAINSTAY_INTERNAL_KEY';

/** A key for a bench of its own. */
export function randomKey(): string {
  return randomBytes(32).toString('hex');
}

/** Who the processes of a bench are to each other. */
export function benchIdentity(env: Readonly<Record<string, string | undefined>>): IdentitySigner & IdentityVerifier {
  return createInternalIdentity({ key: Buffer.from(env[keyVariable] || randomKey(), 'hex'), service: 'lb-bench' });
}
