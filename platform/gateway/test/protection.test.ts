import { Code, ConnectError } from '@connectrpc/connect';
import { currentContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, it } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from './harness.ts';

const circuits = { openMs: 5_000, services: {} };

async function get(lab: TestGateway, path = '/v1/products/p-1'): Promise<string> {
  const answer = await lab.send('GET', path);
  return `${answer.status} ${answer.json.reason ?? ''}`.trim();
}

async function times(count: number, run: () => Promise<string>): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < count; i++) answers.push(await run());
  return [...new Set(answers)];
}

describe('the circuit of a service', () => {
  it('opens after 20 calls with 5 failures in a row, spares the service for 5 s, and closes after 3 good probes', async () => {
    const clock = new FakeClock();
    let calls = 0;
    let failing = true;
    const getProduct = (): object => {
      calls += 1;
      if (failing) throw new ConnectError('broken', Code.Internal);
      return { product: { id: 'p-1' } };
    };
    await using lab = await startTestGateway(
      { products: { getProduct }, orders: { getOrder: () => ({ order: { id: 'o-1' } }) } },
      { clock, protection: { circuits } },
    );

    expect(await times(20, () => get(lab))).toEqual(['500 INTERNAL']);
    const refused = await lab.send('GET', '/v1/products/p-1');
    expect([refused.status, refused.json.reason, refused.headers['retry-after']]).toEqual([503, 'CIRCUIT_OPEN', '5']);
    expect(refused.json).toMatchObject({ executed: 'no', retryable: true });
    expect(calls).toBe(20);
    const order = await lab.send('GET', '/v1/orders/o-1', { token: await lab.tokens.sign() });
    expect(order.status).toBe(200);

    await clock.advance(5_000);
    expect(await get(lab)).toBe('500 INTERNAL');
    expect(await get(lab)).toBe('503 CIRCUIT_OPEN');
    expect(calls).toBe(21);

    failing = false;
    await clock.advance(5_000);
    expect(await times(5, () => get(lab))).toEqual(['200']);
    expect(lab.gateway.status()).toMatchObject({
      circuits: expect.arrayContaining([expect.objectContaining({ name: 'products', state: 'closed' })]),
    });
  });

  it('is not moved by 100 answers that blame the caller', async () => {
    await using lab = await startTestGateway(
      {
        products: {
          getProduct: () => {
            throw new ConnectError('no such product', Code.NotFound);
          },
        },
      },
      { protection: { circuits } },
    );

    expect(await times(100, () => get(lab))).toEqual(['404 STATUS_NOT_FOUND']);
    expect(lab.gateway.status()).toMatchObject({ circuits: [{ state: 'closed', failures: 0, calls: 100 }] });
  });

  it('has settings of its own where given', async () => {
    const own = { openMs: 5_000, services: { products: { minimumCalls: 2, failureStreak: 2 } } };
    await using lab = await startTestGateway({ products: {} }, { protection: { circuits: own } });
    await lab.stop('products');

    expect(await times(2, () => get(lab))).toEqual(['503 UPSTREAM_UNAVAILABLE']);
    expect(await get(lab)).toBe('503 CIRCUIT_OPEN');
  });
});

describe('circuits that are divided', () => {
  const broken = (): never => {
    throw new ConnectError('broken', Code.Internal);
  };
  const findKey = (tenant: string) => ({ client: tenant, tier: 'enterprise', tenant });

  it('by operation let reads go on when writes fail, with settings of their own', async () => {
    const own = { scope: 'operation', services: { 'products/write': { minimumCalls: 2, failureStreak: 2 } } } as const;
    const backends = { products: { createProduct: broken, getProduct: () => ({ product: {} }) } };
    await using lab = await startTestGateway(backends, { protection: { circuits: own } });
    const token = await lab.tokens.sign({ roles: ['admin'] });
    const body = { sku: 'A-1', name: 'Lamp', category: 'lamps', price: { currency_code: 'EUR', minor_units: '100' } };
    const write = async () => (await lab.send('POST', '/v1/products', { token, body })).json.reason;

    expect([await write(), await write(), await write()]).toEqual(['INTERNAL', 'INTERNAL', 'CIRCUIT_OPEN']);
    expect(await get(lab)).toBe('200');
  });

  it('by tenant spare the others, and other settings are in force at the next request', async () => {
    const own = { perTenant: true, minimumCalls: 2, failureStreak: 2, services: {} };
    await using lab = await startTestGateway(
      { products: { getProduct: broken } },
      { findKey, protection: { circuits: own } },
    );
    const as = async (tenant: string) =>
      (await lab.send('GET', '/v1/products/p-1', { headers: { 'x-api-key': tenant } })).json.reason;
    await as('acme');
    await as('acme');

    expect(await as('acme')).toBe('CIRCUIT_OPEN');
    expect(await as('globex')).toBe('INTERNAL');

    const { protection } = lab.options;
    lab.gateway.configure({ ...lab.options, protection: { ...protection, circuits: { services: {} } } });
    expect(await as('acme')).toBe('INTERNAL');
    expect(lab.gateway.status()).toMatchObject({ protection: { products: { circuits: [{ name: 'products' }] } } });
  });
});

describe('a service that is not there', () => {
  it('answers NO_INSTANCE at once and leaves its circuit alone', async () => {
    await using lab = await startTestGateway({ products: {} }, { protection: { circuits } });
    await lab.stop('products', { unregister: true });

    const answer = await lab.send('GET', '/v1/products/p-1');
    expect([answer.status, answer.json.reason, answer.headers['retry-after']]).toEqual([503, 'NO_INSTANCE', '1']);
    expect(await times(30, () => get(lab))).toEqual(['503 NO_INSTANCE']);
    expect(lab.gateway.status()).toMatchObject({ circuits: [{ state: 'closed', failures: 0 }] });
  });

  it('though registered answers UPSTREAM_UNAVAILABLE without an address, and recovers by itself', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(
      { products: { getProduct: () => ({ product: {} }) } },
      { clock, protection: { circuits } },
    );
    expect(await get(lab)).toBe('200');
    await lab.stop('products');

    const answer = await lab.send('GET', '/v1/products/p-1');
    expect([answer.status, answer.json.reason]).toEqual([503, 'UPSTREAM_UNAVAILABLE']);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN/);
    await times(25, () => get(lab));
    expect(await get(lab)).toBe('503 CIRCUIT_OPEN');

    await lab.restart('products');
    await clock.advance(5_000);
    expect(await times(4, () => get(lab))).toEqual(['200']);
  });
});

describe('a slow service', () => {
  it('is cut off at the time of the contract, and sees that', async () => {
    const clock = new FakeClock();
    const started = Promise.withResolvers<AbortSignal | undefined>();
    await using lab = await startTestGateway(
      {
        products: {
          getProduct: () => {
            started.resolve(currentContext()?.signal);
            return new Promise<never>(() => undefined);
          },
        },
      },
      { clock },
    );
    const asked = lab.send('GET', '/v1/products/p-1');
    const signal = await started.promise;
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    await clock.advance(3_000);

    const answer: Answer = await asked;
    expect([answer.status, answer.json.reason]).toEqual([504, 'DEADLINE_EXCEEDED']);
    await aborted;
  });

  it('sees that the client has gone, and the circuit takes no offence', async () => {
    const started = Promise.withResolvers<AbortSignal | undefined>();
    await using lab = await startTestGateway({
      products: {
        getProduct: () => {
          started.resolve(currentContext()?.signal);
          return new Promise<never>(() => undefined);
        },
      },
    });
    const client = new AbortController();
    const asked = lab.send('GET', '/v1/products/p-1', { signal: client.signal }).catch(() => 'gone');
    const signal = await started.promise;
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    client.abort();

    expect(await asked).toBe('gone');
    await aborted;
    expect(lab.gateway.status()).toMatchObject({ circuits: [{ failures: 0 }] });
    expect(lab.logs).toContainEqual(expect.objectContaining({ fields: expect.objectContaining({ status: 499 }) }));
  });
});
