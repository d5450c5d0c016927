// What the readers of orders feel when products is away: `npm run degraded:gateway`.
// Rounds with products and without take turns under the same load, so that what else the machine does falls on both.
import { startTestGateway } from '../harness.ts';
import { createPacedLoad, quantile } from './paced-load.ts';

const rounds = 10;
const roundMs = 2_000;
/** After products has gone or come back, until circuits and connections know. */
const settleMs = 500;
/** Requests of each kind in a second; far below what one process takes, so that queues tell of products alone. */
const perSecond = 150;
const allowedChange = 0.2;

const lab = await startTestGateway(
  {
    products: { getProduct: ({ id }) => ({ product: { id, name: 'Lamp' } }) },
    orders: { getOrder: ({ id }) => ({ order: { id } }) },
  },
  {
    keptAnswersBytes: 10_000_000,
    protection: { circuits: { openMs: 200, services: {} } },
    limits: {
      bodyLimitBytes: 1_048_576,
      maxUrlLength: 8_192,
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      // Longer than all rounds, so that no connection is closed while a request is on its way.
      keepAliveMs: 600_000,
      drainIdleMs: 50,
      trustedProxies: [],
    },
  },
);
const headers = { 'x-api-key': 'demo-enterprise', authorization: `Bearer ${await lab.tokens.sign()}` };
const load = createPacedLoad({ port: lab.port, headers });

interface Round {
  readonly orderMs: readonly number[];
  readonly areStale: boolean;
}

/** Reads orders and products side by side, and tells whether all products came from what is kept, or none did. */
async function round(forMs = roundMs): Promise<Round> {
  const [orders, products] = await Promise.all([
    load.run({ perSecond, forMs, path: () => '/v1/orders/o-1' }),
    load.run({ perSecond, forMs, path: (n) => `/v1/products/p-${n % 100}` }),
  ]);
  const stale = products.filter(({ isDegraded }) => isDegraded).length;
  const failed = [...orders, ...products].filter(({ status }) => status !== 200).length;
  if (failed > 0) process.stdout.write(`${failed} requests failed\n`);
  return { orderMs: orders.map(({ tookMs }) => tookMs), areStale: stale === products.length };
}

const up: (readonly number[])[] = [];
const away: (readonly number[])[] = [];
let staleRounds = 0;
await round();
for (let n = 0; n < rounds; n++) {
  up.push((await round()).orderMs);
  await lab.stop('products');
  await round(settleMs);
  const without = await round();
  away.push(without.orderMs);
  if (without.areStale) staleRounds += 1;
  await lab.restart('products');
  await round(settleMs);
}
load[Symbol.dispose]();
await lab[Symbol.asyncDispose]();

/** Median over the rounds, so that a pause of the machine spoils one of them and not the outcome. */
const overRounds = (times: readonly (readonly number[])[], share: number): number =>
  quantile(
    times.map((round) => quantile(round, share)),
    0.5,
  );
const change = overRounds(away, 0.99) / overRounds(up, 0.99) - 1;
const show = (times: readonly (readonly number[])[]): string =>
  `p50 ${overRounds(times, 0.5).toFixed(2)} ms, p99 ${overRounds(times, 0.99).toFixed(2)} ms`;
process.stdout.write(
  `reading orders with products:    ${show(up)}\nreading orders without products: ${show(away)}\n` +
    `p99 changes by ${(change * 100).toFixed(0)} %; products came from what is kept in ${staleRounds} of ${rounds} rounds\n`,
);
process.exitCode = change <= allowedChange && staleRounds === rounds ? 0 : 1;
