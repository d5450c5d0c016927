import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase, runMigrations } from '@mainstay/postgres';
import { createSagaEngine, defineSaga, newSagaId, sagaMigrations } from '@mainstay/saga';
import type { Subject } from '../../harness/child.ts';

type Nothing = Record<string, never>;

const forEvent = defineSaga<Nothing>({
  name: 'waits-for-event',
  timeLimitMs: 86_400_000,
  steps: [{ name: 'await-event', waitFor: { event: 'go' } }],
});
const forTime = defineSaga<Nothing>({
  name: 'waits-for-time',
  timeLimitMs: 86_400_000,
  steps: [{ name: 'await-time', waitFor: { ms: 3_600_000 } }],
});

/** A process whose engine has started so many sagas, half of which wait for an event and half for a time. */
export async function start({ url, count }: { readonly url: string; readonly count: number }): Promise<Subject> {
  await runMigrations({ url, directory: sagaMigrations });
  const database = await openDatabase({ url, name: 'bench' });
  await database.query('delete from sagas');
  const engine = createSagaEngine({ database, sagas: [forEvent, forTime], owner: `bench-${process.pid}` });
  const begin = async (index: number): Promise<void> => {
    const id = newSagaId();
    await engine.begin(index % 2 === 0 ? forEvent : forTime, { id, subject: id, state: {} });
  };
  for (let done = 0; done < count; done += 500) {
    await Promise.all(Array.from({ length: Math.min(500, count - done) }, (_, index) => begin(index)));
  }
  for (let held = 1; held > 0; await pause(50)) {
    const { rows } = await database.query<{ n: number }>('select count(owner)::integer as n from sagas');
    held = rows[0]?.n ?? 0;
  }
  return {
    async rest(ms: number) {
      globalThis.gc?.();
      await pause(ms);
    },
    async close() {
      await engine[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
