import { randomBytes } from 'node:crypto';
import type { Transaction } from '@mainstay/postgres';
import type { Projection } from './projection.ts';

/** Tables of a projection that are filled beside those in use. */
export interface ShadowTables {
  /** Makes them, empty, with the names of constraints and indexes that those in use have; those of other runs are dropped. */
  create(tx: Transaction): Promise<void>;
  /** Runs a function whose statements mean these tables. */
  write(tx: Transaction, run: () => Promise<void>): Promise<void>;
  /** Puts them in the place of those in use, whose readers are waited for. */
  swap(tx: Transaction): Promise<void>;
}

// One of a run that died, or of one that another run overtakes.
const othersSql = `select nspname as schema from pg_namespace where nspname ~ ('^' || $1 || '_[0-9a-f]{8}$')`;

/** Names the shadow of a projection for one run; nothing is written before `create`. */
export function shadowTables({ name, tables }: Projection): ShadowTables {
  const family = `rebuild_${name.replaceAll('-', '_')}`;
  const schema = `${family}_${randomBytes(4).toString('hex')}`;
  return {
    async create(tx) {
      const { rows } = await tx.query<{ schema: string }>(othersSql, [family]);
      for (const other of rows) await tx.query(`drop schema ${other.schema} cascade`);
      await tx.query(`create schema ${schema}`);
      for (const table of tables) {
        await tx.query(`create table ${schema}."${table}" (like public."${table}" including all excluding indexes)`);
        for (const statement of await keysOf(tx, schema, table)) await tx.query(statement);
      }
    },
    async write(tx, run) {
      await tx.query(`set local search_path = ${schema}, public`);
      await run();
      await tx.query('set local search_path to default');
    },
    async swap(tx) {
      for (const table of tables) {
        await tx.query(`drop table public."${table}"`);
        await tx.query(`alter table ${schema}."${table}" set schema public`);
      }
      await tx.query(`drop schema ${schema} cascade`);
    },
  };
}

// Keys and other constraints with an index first, then the indexes that stand alone. `like … including indexes` would name them anew.
const keysSql = `
select format('alter table %I.%I add constraint %I %s', $1::text, $2::text, conname, pg_get_constraintdef(oid)) as statement
from pg_constraint where conrelid = format('public.%I', $2::text)::regclass and contype in ('p', 'u', 'x')
union all
select replace(pg_get_indexdef(indexrelid), ' ON public.', format(' ON %I.', $1::text))
from pg_index where indrelid = format('public.%I', $2::text)::regclass
  and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))`;

async function keysOf(tx: Transaction, schema: string, table: string): Promise<readonly string[]> {
  return (await tx.query<{ statement: string }>(keysSql, [schema, table])).rows.map(({ statement }) => statement);
}
