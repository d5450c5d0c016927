import { parseArgs } from 'node:util';
import { leaksOf, runAttacks } from './run-attacks.ts';

/** What the heap may grow by between the first tenth and the end. */
const maxGrowthBytes = 16 * 1_048_576;

const { values } = parseArgs({
  options: { requests: { type: 'string' }, seed: { type: 'string' }, attack: { type: 'string' } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const from = values.attack === undefined ? 0 : Number(values.attack);
const count = values.attack === undefined ? Number(values.requests ?? 20_000) : 1;
const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
process.stdout.write(`seed ${seed}, ${count} hostile connections against a gateway\n`);

const startedMs = performance.now();
const report = await runAttacks({
  seed,
  count,
  from,
  onProgress: (played, { heapBytes, rssBytes, sockets }) =>
    process.stdout.write(
      `${played} played, heap ${mib(heapBytes)} MiB, process ${mib(rssBytes)} MiB, ${sockets} sockets\n`,
    ),
});
const statuses = [...report.statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
const leaks = leaksOf(report, maxGrowthBytes);
process.stdout.write(`answers ${statuses.join(', ')}\n`);
for (const fault of report.faults) process.stdout.write(`${fault}\n`);
if (leaks.length > 0) process.stdout.write(`left behind: ${leaks.join(', ')}\n`);
const seconds = Math.round((performance.now() - startedMs) / 1_000);
if (report.faults.length === 0 && leaks.length === 0) {
  process.stdout.write(
    `${count} in ${seconds} s: every refusal is a problem document, no crash, no leak, heap ${mib(report.after.heapBytes - report.warm.heapBytes)} MiB more\n`,
  );
} else {
  process.stdout.write(`replay one with: npm run fuzz:gateway -- --seed ${seed} --attack N\n`);
  process.exitCode = 1;
}
