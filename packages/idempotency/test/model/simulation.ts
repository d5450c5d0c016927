import { deepEqual } from 'node:assert/strict';
import { isPlatformError, uuidv7 } from '@mainstay/kernel';
import { currentEffectId, withContext } from '@mainstay/kernel/context';
import type { Database } from '@mainstay/postgres';
import fc from 'fast-check';
import type { Answer } from '../../src/answer.ts';
import { decide } from '../../src/decide.ts';
import { createKeyedEffects, type KeyedEffects } from '../../src/index.ts';
import { StagedClaim } from '../../src/staged-claim.ts';
import { look } from '../../src/store/look.ts';
import { outage, refuse } from '../lab.ts';
import { ReferenceModel, type Told } from './reference-model.ts';

/** One thing that happens to a key. */
export type Happening =
  | { readonly do: 'begin'; readonly worker: number; readonly fingerprint: number }
  | { readonly do: 'write' | 'complete' | 'refuse' | 'release' | 'crash'; readonly worker: number }
  | { readonly do: 'whole'; readonly fingerprint: number; readonly ending: 'answer' | 'refusal' | 'outage' }
  | { readonly do: 'end-lock' | 'expire' | 'clean-up' };

const worker = fc.nat(2);
// Mostly one request, so that replays are met more often than refusals.
const fingerprint = fc.constantFrom(1, 1, 1, 2);
export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('begin' as const), worker, fingerprint }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'write' as const,
        'write' as const,
        'complete' as const,
        'refuse' as const,
        'release' as const,
        'crash' as const,
      ),
      worker,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('whole' as const),
      fingerprint,
      ending: fc.constantFrom('answer' as const, 'refusal' as const, 'outage' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('end-lock' as const, 'expire' as const, 'clean-up' as const) }),
  },
);

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (fingerprint: number): Uint8Array => new Uint8Array(32).fill(fingerprint);
const response = (answer: string): Answer => ({
  kind: 'response',
  response: new TextEncoder().encode(answer),
  headers: [],
});
const refusalAnswer = (): Answer => ({ kind: 'error', error: refuse(), headers: [] });
const shown = (answer: Answer): string => (answer.kind === 'response' ? text(answer.response) : 'refused');

/** Lets things happen to a key in the table and in the model, and compares what both say after each. @returns the number of steps. */
export async function simulate(database: Database, happenings: readonly Happening[]): Promise<number> {
  const key = new Key(database);
  for (const each of happenings) await key.happen(each);
  return happenings.length;
}

class Key {
  readonly #database: Database;
  readonly #effects: KeyedEffects;
  readonly #model = new ReferenceModel();
  readonly #claims = new Map<number, StagedClaim>();
  readonly #what = uuidv7();

  constructor(database: Database) {
    this.#database = database;
    this.#effects = createKeyedEffects({ database });
  }

  get #id() {
    return { scope: `${this.#what}:me`, key: 'key-1' };
  }

  async happen(each: Happening): Promise<void> {
    switch (each.do) {
      case 'begin':
        await this.#begin(each.worker, each.fingerprint);
        break;
      case 'whole':
        await this.#whole(each.fingerprint, each.ending);
        break;
      case 'end-lock':
        await this.#change('UPDATE idempotency_records SET locked_until = now() WHERE completed_at IS NULL');
        this.#model.endLock();
        break;
      case 'expire':
        await this.#change('UPDATE idempotency_records SET expires_at = now() WHERE true');
        this.#model.expire();
        break;
      case 'clean-up':
        await this.#change('DELETE FROM idempotency_records WHERE expires_at <= now()');
        this.#model.cleanUp();
        break;
      default:
        await this.#work(each.worker, each.do);
    }
    await this.#compare();
  }

  async #begin(worker: number, fingerprint: number): Promise<void> {
    if (this.#claims.has(worker)) return;
    const decision = decide(await look(this.#database, this.#id), bytesOf(fingerprint));
    const told: Told = decision.do === 'replay' ? `replay ${shown(decision.answer)}` : decision.do;
    deepEqual(told, this.#model.look(fingerprint));
    if (decision.do !== 'run' && decision.do !== 'take_over') return;
    const effectId = decision.do === 'take_over' ? decision.effectId : uuidv7();
    const record = { ...this.#id, fingerprint: bytesOf(fingerprint), effectId, seenEpoch: decision.seenEpoch };
    const claim = new StagedClaim(this.#database, { ...record, ttlMs: 3_600_000 }, 3_600_000);
    if (decision.do === 'take_over') deepEqual(await claim.take(), true);
    deepEqual(this.#model.begin(worker, fingerprint, effectId), true);
    this.#claims.set(worker, claim);
  }

  async #work(worker: number, what: 'write' | 'complete' | 'refuse' | 'release' | 'crash'): Promise<void> {
    const claim = this.#claims.get(worker);
    if (claim === undefined) return;
    if (what === 'write') {
      const written = await withContext({ effect: claim }, () => this.#haveEffect()).catch((error: unknown) => {
        if (!isPlatformError(error, 'IDEMPOTENCY_TAKEN_OVER') && !isPlatformError(error, 'IDEMPOTENCY_IN_PROGRESS'))
          throw error;
        return undefined;
      });
      deepEqual(written !== undefined, this.#model.write(worker));
      if (written === undefined) this.#drop(worker);
      return;
    }
    this.#claims.delete(worker);
    if (what === 'crash') {
      this.#model.workers.delete(worker);
      return;
    }
    const { mayBeHeld } = claim.end();
    if (what === 'release') {
      if (mayBeHeld) await claim.release();
      this.#model.release(worker);
    } else {
      const answer = what === 'complete' ? response(claim.id) : refusalAnswer();
      deepEqual(await claim.complete(answer, mayBeHeld), this.#model.complete(worker, shown(answer)));
    }
  }

  /** A worker that was refused ends. */
  #drop(worker: number): void {
    this.#claims.delete(worker);
    this.#model.workers.delete(worker);
  }

  async #whole(fingerprint: number, ending: 'answer' | 'refusal' | 'outage'): Promise<void> {
    let id = '';
    const request = { operation: this.#what, subject: 'me', key: 'key-1', fingerprint: bytesOf(fingerprint) };
    const run = async (): Promise<string> => {
      id = currentEffectId();
      if (ending === 'outage') throw refuse(outage);
      return await this.#database.transaction(async () => {
        await this.#haveEffect();
        if (ending === 'refusal') throw refuse();
        return id;
      });
    };
    const seen = await this.#effects.run(request, { run, encode: response }).then(
      (outcome) => (outcome.isReplayed ? `replay ${shown(outcome.answer)}` : `own ${outcome.result}`),
      (error: { reason: string }) => {
        if (error.reason === 'CARD_REFUSED') return 'own refused';
        return { CARD_DOWN: 'outage', IDEMPOTENCY_KEY_REUSED: 'refuse', IDEMPOTENCY_IN_PROGRESS: 'wait' }[error.reason];
      },
    );
    deepEqual(seen, this.#model.whole(fingerprint, ending, id));
  }

  async #haveEffect(): Promise<string> {
    const id = currentEffectId();
    await this.#database.transaction((tx) =>
      tx.query('INSERT INTO effects (id, what) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, this.#what], {
        prepareAs: 'have-effect',
      }),
    );
    return id;
  }

  async #change(text: string): Promise<void> {
    const { scope, key } = this.#id;
    await this.#database.query(`${text} AND scope = $1 AND key = $2`, [scope, key]);
  }

  async #compare(): Promise<void> {
    const { scope, key } = this.#id;
    const { rows } = await this.#database.query(
      `SELECT r.epoch::int, r.effect_id::text AS effect, get_byte(r.fingerprint, 0) AS fingerprint,
              CASE WHEN r.error IS NOT NULL THEN 'refused' ELSE convert_from(r.response, 'UTF8') END AS answer,
              r.epoch IS NULL OR num_nonnulls(r.response, r.error) = num_nonnulls(r.completed_at)
                AND num_nonnulls(r.locked_until, r.completed_at) = 1 AS whole,
              coalesce(r.locked_until > now(), false) AS locked, r.expires_at <= now() AS expired,
              (SELECT count(*)::int FROM effects WHERE what = $3) AS effects
         FROM (VALUES (1)) AS one LEFT JOIN idempotency_records r ON r.scope = $1 AND r.key = $2`,
      [scope, key, this.#what],
      { prepareAs: 'compare' },
    );
    const { record, effects } = this.#model;
    deepEqual(
      { ...rows[0] },
      {
        epoch: record?.epoch ?? null,
        effect: record?.effect ?? null,
        fingerprint: record?.fingerprint ?? null,
        answer: record?.answer ?? null,
        // In progress it has a lock and no answer, completed one answer and no lock.
        whole: true,
        locked: record?.isLocked ?? false,
        expired: record?.isExpired ?? null,
        effects: effects.size,
      },
    );
  }
}
