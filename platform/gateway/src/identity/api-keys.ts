import { hash } from 'node:crypto';
import { optionError } from '@mainstay/kernel';

/** A key that was given to a client; the key itself is not kept. */
export interface ApiKeyEntry {
  /** Name of the client in limits and logs. */
  readonly client: string;
  /** Tier of its limits, for example `free`. */
  readonly tier: string;
  /** SHA-256 of the key, 64 lower-case hex digits. */
  readonly sha256: string;
}

/** Who a key belongs to, and what it opens. */
export interface ApiKeyOwner extends Pick<ApiKeyEntry, 'client' | 'tier'> {
  readonly tenant?: string;
  /** Empty or absent opens every route. */
  readonly scopes?: readonly string[];
}

/** Gives the owner of a key; undefined for one that nobody was given. */
export type FindApiKey = (key: string) => ApiKeyOwner | undefined;

/** Keys that the local shop prints at start; never taken in production mode. */
export const demoKeys: readonly ApiKeyEntry[] = ['free', 'professional', 'enterprise'].map((tier) => ({
  client: `demo-${tier}`,
  tier,
  sha256: hashKey(`demo-${tier}`),
}));

/**
 * Indexes keys by hash.
 *
 * A key is a random string with enough bits that its plain SHA-256 cannot be searched; looking the hash up in a map
 * tells nothing about the key by its time.
 *
 * @returns a function that gives the owner of a key, or undefined for a key that nobody was given.
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when two clients have one key.
 */
export function createApiKeys(entries: readonly ApiKeyEntry[]): FindApiKey {
  const byHash = new Map<string, ApiKeyOwner>();
  for (const { client, tier, sha256 } of entries) {
    if (byHash.has(sha256))
      throw optionError('clients.keys', 'a list in which each key stands once', sha256.slice(0, 8));
    byHash.set(sha256, { client, tier });
  }
  return (key) => byHash.get(hashKey(key));
}

function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}
