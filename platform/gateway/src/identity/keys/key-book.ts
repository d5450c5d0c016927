import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '@mainstay/kernel';
import type { ApiKeyOwner } from '../api-keys.ts';
import { hashApiKey, prefixOf } from './api-key.ts';
import { type KeyRecord, keyState } from './key-record.ts';
import type { KeyStore } from './key-store.ts';

/**
 * All keys of the database in memory, so that no request asks for one and none is refused because the database is away.
 *
 * A key is found by its public part and compared as a whole in constant time. What another replica changed is known when
 * {@link KeyBook.refresh} has run; expiry is judged by the database's clock.
 *
 * Cost: about 500 bytes a key; a look-up is one hash of 60 characters.
 */
export class KeyBook {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #byPrefix = new Map<string, KeyRecord>();
  #revision = 0n;
  #databaseAheadMs = 0;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: KeyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Milliseconds since what is known was up to date. */
  get ageMs(): number {
    return this.#clock.monotonicMs() - this.#refreshedAtMs;
  }

  /** Takes over what changed since the last time. */
  async refresh(): Promise<void> {
    const askedAtMs = this.#clock.monotonicMs();
    const { nowMs, keys } = await this.#store.changesSince(this.#revision);
    for (const key of keys) {
      this.#byPrefix.set(key.prefix, key);
      this.#revision = key.revision;
    }
    this.#databaseAheadMs = nowMs - askedAtMs;
    this.#refreshedAtMs = askedAtMs;
  }

  /** Whose key this is; undefined for one that nobody was given, or that is over. */
  find(text: string): ApiKeyOwner | undefined {
    const prefix = prefixOf(text);
    const record = prefix === undefined ? undefined : this.#byPrefix.get(prefix);
    if (record === undefined || !timingSafeEqual(record.sha256, hashApiKey(text))) return undefined;
    if (keyState(record, this.nowMs()) !== 'active') return undefined;
    const { client, tier, tenant, scopes } = record;
    return { client, tier, scopes, ...(tenant !== undefined && { tenant }) };
  }

  all(): readonly KeyRecord[] {
    return [...this.#byPrefix.values()];
  }

  /** Time of the database, epoch milliseconds. */
  nowMs(): number {
    return this.#clock.monotonicMs() + this.#databaseAheadMs;
  }
}
