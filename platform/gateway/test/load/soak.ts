// Whether a gateway keeps its memory over many requests: `npm run soak:gateway -- --requests 10000000`.
// Gateway, registry and products are processes of their own; Ctrl-C ends early and judges what was seen until then.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { planFleet } from '../fleet.ts';
import { ClosedLoad } from './closed-load.ts';
import { type MemorySample, memoryDrift } from './memory-drift.ts';

const connections = 32;
const looks = 50;
const allowedDrift = 0.05;

const { values } = parseArgs({ options: { requests: { type: 'string' } } });
const requests = Number(values.requests ?? 200_000);

/** What a browser, a client with a wrong key, a lost one and one without a token send. */
const kinds: readonly ((n: number) => string)[] = [
  (n) => `GET /v1/products/p-${n % 1_000} HTTP/1.1\r\nx-api-key: demo-enterprise`,
  (n) => `GET /v1/products/p-${n % 1_000} HTTP/1.1\r\nx-api-key: demo-enterprise\r\naccept-language: de`,
  (n) => `GET /v1/products/p-${n} HTTP/1.1\r\nx-api-key: demo-enterprise\r\nif-none-match: "x"`,
  (n) => `GET /v1/products/p-${n % 1_000}?mask=${n} HTTP/1.1\r\nx-api-key: demo-enterprise`,
  (n) => `GET /v1/products/p-1 HTTP/1.1\r\nx-api-key: unknown-${n}`,
  (n) => `GET /nowhere/${n} HTTP/1.1\r\nx-api-key: demo-enterprise`,
  () => 'GET /v1/orders HTTP/1.1\r\nx-api-key: demo-enterprise',
  () => 'GET /usage HTTP/1.1\r\nx-api-key: demo-enterprise',
];
const requestAt = (n: number): string => `${kinds[n % kinds.length]?.(n)}\r\nhost: shop\r\n\r\n`;

await using fleet = await planFleet();
const many = { limit_per_minute: 1e9, burst: 1e9 };
await fleet.start('registry');
await fleet.start('products');
const gateway = await fleet.start('gateway', {
  // Full within the first fifth, also of a short run.
  GATEWAY_CACHE_MAX_BYTES: '1048576',
  GATEWAY_LIMITS_TIERS: JSON.stringify({ anonymous: many, enterprise: many }),
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('../fixtures/tell-memory.ts', import.meta.url))}`,
});
const look = async (answered: number): Promise<MemorySample> => {
  gateway.child.send('memory');
  const [told] = (await once(gateway.child, 'message')) as [Omit<MemorySample, 'requests'>];
  return { requests: answered, heapBytes: told.heapBytes, rssBytes: told.rssBytes };
};

const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
const samples: MemorySample[] = [];
const startedMs = performance.now();
/** Says whether memory was flat as far as it was looked at; 0 when it was. */
function judge(): 0 | 1 {
  const outcomes = [...load.report.outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  process.stdout.write(`answers ${outcomes.map(([outcome, times]) => `${outcome}: ${times}`).join(', ')}\n`);
  for (const { after, askedMs, answeredMs, problem } of load.report.failures) {
    const [at, took] = [(answeredMs - startedMs) / 1_000, answeredMs - askedMs];
    process.stdout.write(`${at.toFixed(2)} s, after ${after} answers and ${took.toFixed(0)} ms: ${problem}\n`);
  }
  const drift = memoryDrift(samples);
  if (drift === undefined) {
    process.stdout.write('too few looks to tell whether memory is flat\n');
    return 1;
  }
  const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
  process.stdout.write(
    `after the first fifth the heap grew by ${percent(drift.heap)}, the process by ${percent(drift.rss)}\n`,
  );
  return drift.heap <= allowedDrift && drift.rss <= allowedDrift ? 0 : 1;
}

using load = new ClosedLoad(Number(new URL(gateway.url).port), requestAt);
process.once('SIGINT', () => process.exit(judge()));
for (let at = 1; at <= looks; at++) {
  await load.sendUpTo(Math.round((requests * at) / looks), connections);
  const sample = await look(load.report.answers);
  samples.push(sample);
  const seconds = (performance.now() - startedMs) / 1_000;
  process.stdout.write(
    `${sample.requests} answered, ${Math.round(sample.requests / seconds)} a second, heap ${mib(sample.heapBytes)} MiB, process ${mib(sample.rssBytes)} MiB\n`,
  );
}
process.exitCode = judge();
