import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Durable, DurableOptions } from './durable.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS runs (
    id uuid PRIMARY KEY, name text NOT NULL, status text NOT NULL, input jsonb, output jsonb,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE IF NOT EXISTS steps (
    run uuid NOT NULL, number int NOT NULL, name text NOT NULL, output jsonb,
    at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run, number))`;

const begin = { name: 'begin', text: `INSERT INTO runs (id, name, status, input) VALUES ($1, 'five', 'RUNNING', $2)` };
const step = { name: 'step', text: 'INSERT INTO steps (run, number, name, output) VALUES ($1, $2, $3, $4)' };
const end = { name: 'end', text: `UPDATE runs SET status = 'DONE', output = $2, updated_at = now() WHERE id = $1` };

/**
 * The seven writes that five durable steps need, each a transaction of one prepared statement, one connection per
 * caller. No recovery, no ownership, no cancellation.
 */
export async function openByHand({ url, inFlight }: DurableOptions): Promise<Durable> {
  const pool = new pg.Pool({ connectionString: url, max: inFlight });
  await pool.query(schema);
  return {
    async run(n) {
      const id = randomUUID();
      let sum = 0;
      await pool.query({ ...begin, values: [id, JSON.stringify([n])] });
      for (let i = 0; i < 5; i++) {
        const result = n + i;
        sum += result;
        await pool.query({ ...step, values: [id, i, `step-${i}`, JSON.stringify(result)] });
      }
      await pool.query({ ...end, values: [id, JSON.stringify(sum)] });
      return sum;
    },
    close: () => pool.end(),
  };
}
