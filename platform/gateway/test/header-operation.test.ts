import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fast } from './harness.ts';
import { type HeaderGateway, type HeaderLab, startHeaderLab } from './header-lab.ts';

let lab: HeaderLab;
let gateway: HeaderGateway;
beforeAll(async () => {
  lab = await startHeaderLab();
  gateway = await lab.open({
    // Many requests at once are what is looked at here, not what is refused because of them.
    GATEWAY_SHED_LAG_MS: '0',
    NODE_OPTIONS: `--import=${new URL('fixtures/tell-memory.ts', import.meta.url).href}`,
  });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => lab.begin());

const ask = (headers: Readonly<Record<string, string>>) =>
  gateway.send('GET', '/v1/products', { headers: { ...fast, ...headers } });

describe('numbers (9)', () => {
  it('count every value mapped in and out, and every refusal; without debug no line is written', async () => {
    const counted = (): Promise<readonly number[]> =>
      Promise.all(['incoming', 'outgoing', 'failed'].map((kind) => gateway.metric(`mainstay_headers_${kind}_total`)));
    const before = await counted();

    for (let i = 0; i < 3; i++) await ask({ 'x-request-id': `r-${i}` }); // in: id; out: id, time, version, policy
    await ask({ 'x-request-id': 'x'.repeat(65) }); // failed: id; out: a new id, policy
    await ask({ 'x-request-id': 'r-4', 'x-batch': '7' }); // in: id; failed: the transform of the batch; out: id, policy

    const after = await counted();
    expect(after.map((count, i) => count - (before[i] as number))).toEqual([4, 16, 2]);
    expect(gateway.output()).toContain('"listening"');
    expect(gateway.output()).not.toContain('headers mapped');
  });
});

describe('limits (11)', () => {
  it('count down by one a call, also on problems, as the limiter itself tells', async () => {
    const headers = { 'x-api-key': 'demo-free' };
    const left: number[] = [];
    for (const path of ['/v1/products', '/v1/products/gone', '/v1/orders', '/v1/nothing']) {
      const answer = await gateway.send('GET', path, { headers });
      left.push(Number(answer.headers['x-ratelimit-remaining']));
      expect(answer.headers['x-ratelimit-reset']).toMatch(/^\d+$/);
    }
    const usage = await gateway.send('GET', '/usage', { headers });

    expect(left).toEqual([199, 198, 197, 196]);
    expect(usage.headers['x-ratelimit-remaining']).toBe('195');
    expect(usage.json.limits).toMatchObject([{ remaining: 195 }]);
  });
});

describe('the context of a call (12)', () => {
  const send500 = async (token: string): Promise<ReadonlySet<number>> => {
    const body = { email: 'a@b.test', password: 'correct horse', first_name: 'A'.repeat(100), last_name: 'Crowd' };
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => gateway.send('POST', '/v1/users', { token, body })),
    );
    return new Set(answers.map(({ status }) => status));
  };
  const heapBytes = async (): Promise<number> => {
    gateway.child.send('memory');
    const [{ heapBytes: bytes }] = (await once(gateway.child, 'message')) as [{ heapBytes: number }];
    return bytes;
  };

  it('holds ids only, below 1 KiB, with 500 requests in flight, and leaves less than 1 KiB of each in the gateway’s heap', {
    timeout: 60_000,
  }, async () => {
    const token = await lab.sign({ roles: Array.from({ length: 10 }, (_, i) => `role-${i}`) });

    for (let round = 0; round < 2; round++) expect(await send500(token)).toEqual(new Set([201]));
    const warm = await heapBytes();
    for (let round = 0; round < 3; round++) expect(await send500(token)).toEqual(new Set([201]));
    const leftBehind = (await heapBytes()) - warm;

    const { calls, longestContext } = await lab.seen();
    expect(calls).toBe(2_500);
    expect(longestContext).toBeLessThan(1_024);
    expect(leftBehind / 1_500).toBeLessThan(1_024);
  });

  it('a header over its limit is refused with 431 and not passed on', async () => {
    const answer = await ask({ 'x-request-id': 'x'.repeat(65) });

    expect([answer.status, answer.json.reason]).toEqual([431, 'HEADER_TOO_LONG']);
    expect((await lab.seen()).calls).toBe(0);
    expect(answer.json.violations).toEqual([
      { field: 'x-request-id', rule: 'header.max_length', message: 'is longer than 64 characters' },
    ]);
  });
});

describe('the trace', () => {
  it('goes on under an X-Trace-ID of 32 hex digits; traceparent wins, anything else starts a new one', async () => {
    const own = 'ab'.repeat(16);
    const traceOf = async (headers: Readonly<Record<string, string>>) => (await ask(headers)).headers['x-trace-id'];

    expect(await traceOf({ 'x-trace-id': own })).toBe(own);
    expect((await lab.seen()).traceId).toBe(own);
    expect(await traceOf({ 'x-trace-id': own, traceparent: `00-${'cd'.repeat(16)}-${'1'.repeat(16)}-01` })).toBe(
      'cd'.repeat(16),
    );
    for (const foreign of ['abc', '0'.repeat(32), 'AB'.repeat(16)])
      expect(await traceOf({ 'x-trace-id': foreign })).not.toBe(foreign);
  });
});
