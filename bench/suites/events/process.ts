import { setTimeout as pause } from 'node:timers/promises';
import type { Subject } from '../../harness/child.ts';
import { percentile } from '../../harness/statistics.ts';
import type { Effort, Figures } from '../../harness/suite.ts';
import { openByHand } from './by-hand.ts';
import type { Databases, EventPath } from './event-path.ts';
import { openMainstay } from './mainstay.ts';

const backlog = 20_000;
const ratePerSecond = 1_000;
const tickMs = 10;

const paths: Readonly<Record<string, (databases: Databases) => Promise<EventPath>>> = {
  mainstay: (databases) => openMainstay(databases, 'many'),
  'mainstay, event by event': (databases) => openMainstay(databases, 'one'),
  'rows moved by hand': openByHand,
};

/** A process with one path. */
export async function start(argument: Databases & { readonly name: string }): Promise<Subject> {
  const path = await paths[argument.name]!(argument);
  return {
    async measure({ warmUpMs, runMs }: Effort): Promise<Record<string, Figures>> {
      for (let written = 0; written < backlog; written += 1_000) await path.write(1_000);
      const relay = await timed(backlog, () => path.relayAll());

      const ages: number[] = [];
      let isMeasured = false;
      await path.consume((ageMs) => {
        if (isMeasured) ages.push(ageMs);
      });
      while (ages.length === 0) {
        isMeasured = true;
        await path.write(1);
        await pause(100);
      }
      await atSteadyRate(path, warmUpMs);
      ages.length = 0;
      const steady = await timed((ratePerSecond * runMs) / 1_000, () => atSteadyRate(path, runMs));
      const sorted = Float64Array.from(ages).sort();
      await path.close();
      return {
        'relay of 20,000 waiting': relay,
        'commit to consumer at 1,000/s': { ...steady, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) },
      };
    },
  };
}

/** Events at fixed moments, however long each takes: a late one counts with its whole delay. */
async function atSteadyRate(path: EventPath, runMs: number): Promise<void> {
  const started = performance.now();
  const writes: Promise<void>[] = [];
  for (let at = 0; at < runMs; at += tickMs) {
    await pause(Math.max(0, started + at - performance.now()));
    for (let i = 0; i < (ratePerSecond * tickMs) / 1_000; i++) writes.push(path.write(1));
  }
  await Promise.all(writes);
  await pause(1_000);
}

async function timed(count: number, work: () => Promise<void>): Promise<Figures> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { microseconds: ((performance.now() - started) * 1_000) / count, cpuMicroseconds: (user + system) / count };
}
