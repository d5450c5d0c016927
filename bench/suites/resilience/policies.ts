import { AsyncResource } from 'node:async_hooks';

type Call = (n: number) => Promise<number>;

const addOne: Call = async (n) => n + 1;

/** The no-op behind each policy; all allow 3 tries, open after 5 failures in a row, limit to 1 s and to 64 at once. */
export const policies: Readonly<Record<string, () => Promise<Call>>> = {
  'mainstay retry, breaker, timeout, bulkhead': composed,
  'mainstay retry, breaker, bulkhead': async () => {
    const { policy, again, breaker, bulkhead } = await mainstay();
    const all = policy(again, breaker, bulkhead);
    return (n) => all.execute(() => addOne(n));
  },
  'mainstay breaker': async () => {
    const { breaker } = await mainstay();
    return (n) => breaker.execute(() => addOne(n));
  },
  'cockatiel retry, breaker, timeout, bulkhead': async () => {
    const { wrap, timeout, bulkhead, TimeoutStrategy, retryPolicy, breakerPolicy } = await cockatiel();
    const limit = timeout(1_000, TimeoutStrategy.Cooperative);
    const policy = wrap(retryPolicy(), breakerPolicy(), limit, bulkhead(64, 64));
    return (n) => policy.execute(() => addOne(n));
  },
  'cockatiel retry, breaker, bulkhead': async () => {
    const { wrap, bulkhead, retryPolicy, breakerPolicy } = await cockatiel();
    const policy = wrap(retryPolicy(), breakerPolicy(), bulkhead(64, 64));
    return (n) => policy.execute(() => addOne(n));
  },
  'cockatiel breaker': async () => {
    const { breakerPolicy } = await cockatiel();
    const policy = breakerPolicy();
    return (n) => policy.execute(() => addOne(n));
  },
  opossum: async () => {
    const { default: CircuitBreaker } = await import('opossum');
    const breaker = new CircuitBreaker(addOne, { timeout: 1_000 });
    return (n) => breaker.fire(n);
  },
  'opossum without timeout': async () => {
    const { default: CircuitBreaker } = await import('opossum');
    const breaker = new CircuitBreaker(addOne, { timeout: false });
    return (n) => breaker.fire(n);
  },
  // What no time limit can do without that tells a caller at the limit, and goes on in the caller's async context.
  'a promise, the time, the async context': async () => (n) =>
    new Promise((resolve, reject) => {
      kept.scope = new AsyncResource('bench', { requireManualDestroy: true });
      kept.startedAtMs = performance.now();
      addOne(n).then(resolve, reject);
    }),
  'awaited function': async () => addOne,
};

const kept: { scope?: AsyncResource; startedAtMs?: number } = {};

async function composed(): Promise<Call> {
  const { policy, again, breaker, limit, bulkhead } = await mainstay();
  const all = policy(again, breaker, limit, bulkhead);
  return (n) => all.execute(() => addOne(n));
}

async function mainstay() {
  const { createBulkhead, createCircuitBreaker, createRetry, createTimeout, policy } = await import(
    '@mainstay/resilience'
  );
  const name = 'bench';
  return {
    policy,
    again: createRetry({ name, idempotency: 'safe' }),
    breaker: createCircuitBreaker({ name }),
    limit: createTimeout({ name, limitMs: 1_000 }),
    bulkhead: createBulkhead({ name, maxConcurrent: 64, maxQueued: 64 }),
  };
}

async function cockatiel() {
  const library = await import('cockatiel');
  const { handleAll, ConsecutiveBreaker, ExponentialBackoff } = library;
  return {
    ...library,
    retryPolicy: () => library.retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }),
    breakerPolicy: () =>
      library.circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) }),
  };
}
