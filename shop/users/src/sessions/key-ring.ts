import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { deleteKeysBefore, insertKey, listKeys, lockKeys, type StoredKey } from '../store/signing-keys-store.ts';

/** A public key as others need it to verify tokens. */
export interface PublicJwk {
  readonly kid: string;
  readonly x: string;
}

/** A key that signs. */
export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** What the ring needs. */
export interface KeyRingOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Age at which a new key is made, in milliseconds. */
  readonly keyLifeMs: number;
  /** Life of the tokens that are signed, in milliseconds; old keys are published that much longer. */
  readonly tokenLifeMs: number;
}

/** A new key is published this long before it signs, so that verifiers have read it by then. */
const publishAheadMs = 10 * 60_000;
const reloadAfterMs = 60_000;

/**
 * Keeps the signing keys of all instances in step: published ahead, used in turn, removed when no token needs them.
 *
 * Keys are read from the database at most once a minute; the first use makes the first key.
 */
export class KeyRing {
  readonly #options: KeyRingOptions;
  #keys: readonly StoredKey[] = [];
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  readonly #imported = new Map<string, CryptoKey>();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** The key to sign with: the newest that has been published long enough, else the oldest there is. */
  async signingKey(): Promise<SigningKey> {
    await this.#refresh();
    const readyBefore = this.#options.clock.nowMs() - publishAheadMs;
    const chosen = this.#keys.find((key) => key.created_at.getTime() <= readyBefore) ?? this.#keys.at(-1)!;
    let key = this.#imported.get(chosen.kid);
    if (key === undefined) {
      key = (await importJWK({ ...chosen.private_jwk, kty: 'OKP' }, 'EdDSA')) as CryptoKey;
      this.#imported.set(chosen.kid, key);
    }
    return { kid: chosen.kid, key };
  }

  /** All keys that may have signed a living token or soon will, newest first. */
  async publicKeys(): Promise<PublicJwk[]> {
    await this.#refresh();
    return this.#keys.map((key) => ({ kid: key.kid, x: key.private_jwk['x'] ?? '' }));
  }

  async #refresh(): Promise<void> {
    if (this.#options.clock.monotonicMs() - this.#loadedAtMs < reloadAfterMs) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    const { database, clock, keyLifeMs, tokenLifeMs, logger } = this.#options;
    const nowMs = clock.nowMs();
    const known = await listKeys(database.kysely);
    if (known.length === 0 || nowMs - known[0]!.created_at.getTime() > keyLifeMs) {
      await database.transaction(async (tx) => {
        await lockKeys(tx.kysely);
        const [newest] = await listKeys(tx.kysely);
        if (newest !== undefined && nowMs - newest.created_at.getTime() <= keyLifeMs) return;
        const { kid, jwk } = await newKey();
        await insertKey(tx.kysely, { kid, jwk, madeAt: new Date(nowMs) });
        await deleteKeysBefore(tx.kysely, new Date(nowMs - 2 * keyLifeMs - tokenLifeMs - publishAheadMs));
        logger.info('signing key made', { kid });
      });
    }
    this.#keys = await listKeys(database.kysely);
    this.#loadedAtMs = clock.monotonicMs();
  }
}

async function newKey(): Promise<{ kid: string; jwk: object }> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(jwk), jwk };
}
