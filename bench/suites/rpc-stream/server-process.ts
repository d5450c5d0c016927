import type { Subject } from '../../harness/child.ts';
import type { Tick } from './ticker.ts';
import { loadTicker } from './tickers.ts';

/** The process that sends; it counts what it was asked to make, sent or not. */
export async function start({ name, port }: { readonly name: string; readonly port: number }): Promise<Subject> {
  let made = 0;
  function* ticks(count: number): Generator<Tick> {
    for (let number = 0; number < count; number++) {
      made += 1;
      yield { number, id: 'ord_123456789' };
    }
  }
  await (await loadTicker(name)).serve(port, ticks);
  return { made: async () => made };
}
