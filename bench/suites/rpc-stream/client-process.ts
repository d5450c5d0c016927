import { setTimeout as pause } from 'node:timers/promises';
import type { Subject } from '../../harness/child.ts';
import { loadTicker } from './tickers.ts';

/** The process that reads. */
export async function start({ name, port }: { readonly name: string; readonly port: number }): Promise<Subject> {
  const open = (await loadTicker(name)).connect(port);
  return {
    /** Reads whole streams of `count` messages for at least `runMs`; all of each must come, in order. */
    async read({ count, runMs }: { count: number; runMs: number }) {
      const startedMs = performance.now();
      let messages = 0;
      while (messages === 0 || performance.now() - startedMs < runMs) {
        let next = 0;
        for await (const { number } of open(count)) {
          if (number !== next) throw new Error(`message ${number} came instead of ${next}`);
          next += 1;
        }
        if (next !== count) throw new Error(`${next} of ${count} messages came`);
        messages += count;
      }
      return { messages, perSecond: (messages * 1_000) / (performance.now() - startedMs) };
    },
    /** Reads 10 messages each millisecond or so for `runMs` and goes away; returns how many it has read. */
    async readSlowly({ count, runMs }: { count: number; runMs: number }) {
      const endMs = performance.now() + runMs;
      let messages = 0;
      for await (const _tick of open(count)) {
        messages += 1;
        if (messages % 10 === 0) await pause(1);
        if (performance.now() >= endMs) break;
      }
      return messages;
    },
  };
}
