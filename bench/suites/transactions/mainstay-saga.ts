import { openDatabase, runMigrations } from '@mainstay/postgres';
import { createSagaEngine, defineSaga, newSagaId, sagaMigrations } from '@mainstay/saga';
import type { Durable, DurableOptions } from './durable.ts';

interface Sum {
  readonly n: number;
  readonly sum: number;
}

const five = defineSaga<Sum>({
  name: 'five',
  steps: [0, 1, 2, 3, 4].map((i) => ({
    name: `step-${i}`,
    run: async ({ n, sum }) => ({ sum: sum + n + i }),
  })),
});

/** A saga of five steps with our engine, defaults throughout. */
export async function openSaga({ url }: DurableOptions): Promise<Durable> {
  await runMigrations({ url, directory: sagaMigrations });
  const database = await openDatabase({ url, name: 'bench' });
  const engine = createSagaEngine({ database, sagas: [five], owner: `bench-${process.pid}` });
  return {
    async run(n) {
      const id = newSagaId();
      await engine.begin(five, { id, subject: id, state: { n, sum: 0 } });
      const outcome = await engine.result(id, { waitMs: 30_000 });
      return (outcome?.state as Sum | undefined)?.sum ?? Number.NaN;
    },
    async close() {
      await engine[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
