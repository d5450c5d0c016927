import { createKeyedEffects, idempotencyMigrations, type KeyedEffects, type KeyedWork } from '@mainstay/idempotency';
import { PlatformError, type Reason } from '@mainstay/kernel';
import { currentEffectId } from '@mainstay/kernel/context';
import { type Database, type MigrationDirectory, openDatabase } from '@mainstay/postgres';
import { testDatabase } from '@mainstay/postgres/testing';

/** Two instances on one database; each effect is a row of `effects`. */
export interface Lab extends AsyncDisposable {
  readonly first: Instance;
  readonly second: Instance;
  readonly url: string;
  /** Moves the time of records instead of waiting. */
  age(scope: string, change: { readonly lockMs?: number; readonly expiryMs?: number }): Promise<void>;
  effectCount(what: string): Promise<number>;
}

/** One instance. */
export interface Instance {
  readonly database: Database;
  readonly effects: KeyedEffects;
}

/** @param migrations - folder of the schema to begin with, today's by default. */
export async function openLab(migrations: MigrationDirectory = idempotencyMigrations): Promise<Lab> {
  const db = await testDatabase({ migrations: [migrations] });
  const other = await openDatabase({ url: db.url, name: 'second', acquireTimeoutMs: 15_000 });
  await db.database.query('CREATE TABLE effects (id uuid PRIMARY KEY, what text NOT NULL)');
  const instance = (database: Database): Instance => ({
    database,
    effects: createKeyedEffects({ database }),
  });
  return {
    first: instance(db.database),
    second: instance(other),
    url: db.url,
    async age(scope, { lockMs = 0, expiryMs = 0 }) {
      await other.query(
        `UPDATE idempotency_records SET locked_until = locked_until - $2 * interval '1 ms', expires_at = expires_at - $3 * interval '1 ms'
         WHERE scope = $1`,
        [scope, lockMs, expiryMs],
      );
    },
    async effectCount(what) {
      return (await other.query('SELECT 1 FROM effects WHERE what = $1', [what])).rowCount;
    },
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

export const fingerprint: Uint8Array = new Uint8Array(32).fill(1);
export const otherFingerprint: Uint8Array = new Uint8Array(32).fill(2);

/** A request whose scope is `{what}:me`. */
export const request = (what: string, own: { key?: string; fingerprint?: Uint8Array } = {}) => ({
  operation: what,
  subject: 'me',
  key: 'key-1',
  fingerprint,
  ...own,
});

/** Writes the effect in a transaction, under its own name, once. */
export async function haveEffect({ database }: Instance, what: string): Promise<string> {
  const id = currentEffectId();
  await database.transaction((tx) =>
    tx.query('INSERT INTO effects (id, what) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, what]),
  );
  return id;
}

const encoder = new TextEncoder();

/** Work whose result is a text. */
export const work = (run: () => Promise<string>): KeyedWork<string> => ({
  run,
  encode: (text) => ({ kind: 'response', response: encoder.encode(text), headers: [['mainstay-http-status', '202']] }),
});

/** What a call ended with, in a form that can be compared byte by byte. */
export async function answerOf(call: ReturnType<KeyedEffects['run']>): Promise<{ replayed: boolean; text: string }> {
  const outcome = await call;
  if (!outcome.isReplayed) return { replayed: false, text: String(outcome.result) };
  if (outcome.answer.kind === 'error') throw outcome.answer.error;
  return { replayed: true, text: new TextDecoder().decode(outcome.answer.response) };
}

const refusal: Reason = {
  name: 'CARD_REFUSED',
  code: 'failed_precondition',
  executed: 'no',
  retry: 'never',
  httpStatus: 402,
  summary: '',
  operator: '',
};
export const outage: Reason = { ...refusal, name: 'CARD_DOWN', code: 'unavailable', retry: 'after', httpStatus: 503 };

export function refuse(reason: Reason = refusal): PlatformError {
  return new PlatformError(reason, 'no', {
    metadata: { decline_code: 'empty' },
    violations: [{ field: 'amount', rule: 'max', message: 'is too much' }],
  });
}
