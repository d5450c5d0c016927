import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Durable, DurableOptions } from './durable.ts';

/** A workflow of five steps with DBOS, defaults throughout (a pool of 10). */
export async function openDbos({ url }: DurableOptions): Promise<Durable> {
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, logLevel: 'error' });
  const add = async (n: number, i: number): Promise<number> => n + i;
  const five = DBOS.registerWorkflow(
    async (n: number) => {
      let sum = 0;
      for (let i = 0; i < 5; i++) sum += await DBOS.runStep(() => add(n, i), { name: `step-${i}` });
      return sum;
    },
    { name: 'five' },
  );
  await DBOS.launch();
  return { run: (n) => five(n), close: () => DBOS.shutdown() };
}
