import type { Subject } from '../../harness/child.ts';
import { closedLoop } from '../../harness/closed-loop.ts';
import type { Durable, DurableOptions } from './durable.ts';

const contenders: Readonly<Record<string, () => Promise<(options: DurableOptions) => Promise<Durable>>>> = {
  'mainstay-saga': async () => (await import('./mainstay-saga.ts')).openSaga,
  dbos: async () => (await import('./dbos.ts')).openDbos,
  restate: async () => (await import('./restate.ts')).openRestate,
  'seven statements by hand': async () => (await import('./by-hand.ts')).openByHand,
};

/** A process that runs five steps again and again: step `i` adds `n + i`. */
export async function start({ name, ...options }: DurableOptions & { readonly name: string }): Promise<Subject> {
  const open = await contenders[name]?.();
  if (open === undefined) throw new Error(`no contender named ${name}`);
  const durable = await open(options);
  let runs = 0;
  const call = async (): Promise<void> => {
    runs += 1;
    const n = runs;
    if ((await durable.run(n)) !== n * 5 + 10) throw new Error('wrong sum');
  };
  return {
    load: (load: { runMs: number; inFlight: number }) => closedLoop(call, load),
    close: () => durable.close(),
  };
}
