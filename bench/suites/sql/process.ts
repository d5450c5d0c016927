import { createKeyedEffects, idempotencyMigrations } from '@mainstay/idempotency';
import { openDatabase, runMigrations } from '@mainstay/postgres';
import pg from 'pg';
import type { Subject } from '../../harness/child.ts';
import { closedLoop } from '../../harness/closed-loop.ts';
import type { Effort, Figures } from '../../harness/suite.ts';

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type RunInTransaction = (statement: Statement) => Promise<unknown>;

const statements: Readonly<Record<string, Statement>> = {
  'SELECT 1': { text: 'SELECT 1', values: [] },
  'one INSERT': { text: 'INSERT INTO notes (text) VALUES ($1)', values: ['a note of some words'] },
};
const schema = `CREATE TABLE IF NOT EXISTS notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL, at timestamptz NOT NULL DEFAULT now())`;

const contenders: Readonly<Record<string, (url: string) => Promise<RunInTransaction>>> = {
  async 'BEGIN and COMMIT by hand'(url) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return async ({ text, values }) => {
      await client.query('BEGIN');
      await client.query(text, [...values]);
      await client.query('COMMIT');
    };
  },
  async 'mainstay transaction'(url) {
    const database = await openDatabase({ url, name: 'bench', maxConnections: 1 });
    return ({ text, values }) => database.transaction((tx) => tx.query(text, [...values]));
  },
  async 'mainstay keyed write'(url) {
    await runMigrations({ url, directory: idempotencyMigrations });
    const database = await openDatabase({ url, name: 'bench', maxConnections: 1 });
    const effects = createKeyedEffects({ database });
    const request = {
      operation: 'bench.v1.Notes/AddNote',
      subject: 'user:bench',
      fingerprint: new Uint8Array(32).fill(2),
    };
    const answer = { kind: 'response', response: new Uint8Array(40).fill(1), headers: [] } as const;
    let keys = 0;
    return ({ text, values }) => {
      keys += 1;
      const key = `${process.pid}-${keys}`;
      return effects.run(
        { ...request, key },
        {
          run: () => database.transaction((tx) => tx.query(text, [...values])),
          encode: () => answer,
        },
      );
    };
  },
};

/** A process with one way to run a statement in a transaction. */
export async function start({ name, url }: { readonly name: string; readonly url: string }): Promise<Subject> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(schema);
  await client.end();
  const run = await contenders[name]?.(url);
  if (run === undefined) throw new Error(`no contender named ${name}`);
  return {
    async measure({ warmUpMs, runMs }: Effort): Promise<Record<string, Figures>> {
      const results: Record<string, Figures> = {};
      for (const [title, statement] of Object.entries(statements)) {
        const call = (): Promise<unknown> => run(statement);
        await closedLoop(call, { runMs: warmUpMs / 2, inFlight: 1 });
        const before = process.cpuUsage();
        const { calls, perSecond, p99Ms } = await closedLoop(call, { runMs: runMs / 2, inFlight: 1 });
        const { user, system } = process.cpuUsage(before);
        results[title] = { microseconds: 1e6 / perSecond, p99Ms, cpuMicroseconds: (user + system) / calls };
      }
      return results;
    },
  };
}
