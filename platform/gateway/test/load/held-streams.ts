// What a gateway that holds many event streams needs for each, and how fast events pass: `npm run streams:gateway -- --streams 5000`.
// Gateway, registry and the service that publishes are processes of their own; fails when a stream or an event is lost.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { OrdersQuestion } from '../fixtures/watched-orders-process.ts';
import { planFleet } from '../fleet.ts';
import { EventStreams } from './event-streams.ts';
import { quantile } from './paced-load.ts';

const { values } = parseArgs({ options: { streams: { type: 'string' }, rate: { type: 'string' } } });
const streams = Number(values.streams ?? 5_000);
const perSecond = Number(values.rate ?? 500);
const forMs = 10_000;
const atATime = 50;
/** Streams that are opened and closed before anything is measured. */
const warmUp = 200;
/** Descriptors that a process needs besides those of the streams. */
const otherDescriptors = 200;

const { userLimits } = process.report.getReport() as { userLimits: { open_files: { soft: number | 'unlimited' } } };
const { soft } = userLimits.open_files;
if (soft !== 'unlimited' && soft < streams + otherDescriptors) {
  process.stdout.write(
    `${streams} streams need ${streams + otherDescriptors} open files and a process may have ${soft}: raise the limit (ulimit -n) or ask for fewer\n`,
  );
  process.exit(2);
}

await using fleet = await planFleet();
await fleet.start('registry');
const orders = await fleet.start('orders');
const many = { limit_per_minute: 1e9, burst: 1e9 };
const gateway = await fleet.start('gateway', {
  GATEWAY_LIMITS_TIERS: JSON.stringify({ anonymous: many, enterprise: many }),
  GATEWAY_STREAMS_MAX_OPEN: String(streams + warmUp),
  GATEWAY_STREAMS_MAX_OPEN_PER_CLIENT: String(streams + warmUp),
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('../fixtures/tell-memory.ts', import.meta.url))}`,
});
const ask = async (question: OrdersQuestion): Promise<unknown> => {
  orders.child.send(question);
  const [told] = (await once(orders.child, 'message')) as [unknown];
  return told;
};
const look = async (): Promise<{ readonly heapBytes: number; readonly rssBytes: number }> => {
  gateway.child.send('memory');
  const [told] = (await once(gateway.child, 'message')) as [{ readonly heapBytes: number; readonly rssBytes: number }];
  return told;
};

const token = String(await ask({ ask: 'sign' }));
const requestOf = (n: number): string =>
  `GET /v1/orders/o-${n}:watch HTTP/1.1\r\nhost: shop\r\nx-api-key: demo-enterprise\r\naccept: text/event-stream\r\nauthorization: Bearer ${token}\r\n\r\n`;
using clients = new EventStreams(Number(new URL(gateway.url).port), requestOf);
await clients.open(warmUp, atATime);
await ask({ ask: 'publish', perSecond, forMs: 1_000 });
await clients.close();
await pause(1_000);

const before = await look();
const startedMs = performance.now();
await clients.open(streams, atATime);
const openedMs = performance.now() - startedMs;
const held = await look();
const kib = (of: 'heapBytes' | 'rssBytes'): string => ((held[of] - before[of]) / streams / 1_024).toFixed(1);
const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
process.stdout.write(
  `${streams} streams opened in ${(openedMs / 1_000).toFixed(1)} s; a stream takes ${kib('heapBytes')} KiB of heap, ${kib('rssBytes')} KiB of the process ` +
    `(heap ${mib(before.heapBytes)} to ${mib(held.heapBytes)} MiB, process ${mib(before.rssBytes)} to ${mib(held.rssBytes)} MiB)\n`,
);

clients.tookMs.length = 0;
const published = Number(await ask({ ask: 'publish', perSecond, forMs }));
await pause(1_000);
const took = (share: number): string => quantile(clients.tookMs, share).toFixed(2);
process.stdout.write(
  `${published} events to one stream after the other, ${perSecond} a second: ${clients.tookMs.length} came, p50 ${took(0.5)} ms, p99 ${took(0.99)} ms after they were published; ` +
    `${clients.count} streams are open\n`,
);
process.exitCode = clients.tookMs.length === published && clients.count === streams ? 0 : 1;
