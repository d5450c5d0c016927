import { type CallContext, currentContext } from '@mainstay/kernel/context';
import { createMeter } from '@mainstay/telemetry';
import { afterAll, describe, expect, it } from 'vitest';
import { fast, startTestGateway, type TestGateway } from './harness.ts';
import { headerLab, rules } from './header-lab.ts';

const { seen, open } = headerLab();
const opened: TestGateway[] = [];
afterAll(() => Promise.all(opened.map((lab) => lab[Symbol.asyncDispose]())));

describe('secrets (8)', () => {
  it('are whole on the wire and masked in the lines of debug', async () => {
    const lab = await open({ headers: { rules, debug: true } });
    const token = await lab.tokens.sign();

    await lab.send('GET', '/v1/products', { token });

    expect(seen.received?.get('auth-token')).toBe(token);
    const lines = lab.logs.filter(({ message }) => message.startsWith('headers mapped'));
    expect(lines.map(({ message }) => message)).toEqual(['headers mapped in', 'headers mapped out']);
    expect(lines[0]?.fields['auth-token']).toBe(`${token.slice(0, 4)}***${token.slice(-4)}`);
    expect(JSON.stringify(lab.logs)).not.toContain(token);
  });
});

describe('numbers (9)', () => {
  it('count every value mapped in and out, and every refusal; without debug no line is written', async () => {
    const meter = createMeter();
    const lab = await open({ meter });
    const ask = (headers: Readonly<Record<string, string>>) =>
      lab.send('GET', '/v1/products', { headers: { ...fast, ...headers } });

    for (let i = 0; i < 3; i++) await ask({ 'x-request-id': `r-${i}` }); // in: id; out: id, time, version, policy
    await ask({ 'x-request-id': 'x'.repeat(65) }); // failed: id; out: a new id, policy

    const text = await meter.expose();
    const counted = (name: string): number =>
      Number(new RegExp(`^mainstay_headers_${name}(?:_total)?(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text)?.[1]);
    expect([counted('incoming'), counted('outgoing'), counted('failed')]).toEqual([3, 14, 1]);
    expect(lab.logs.filter(({ message }) => message.startsWith('headers mapped'))).toEqual([]);
  });
});

describe('limits (11)', () => {
  it('count down by one a call, also on problems', async () => {
    const lab = await open();
    const left: number[] = [];
    for (const path of ['/v1/products', '/v1/orders', '/v1/nothing']) {
      const { headers } = await lab.send('GET', path, { headers: { 'x-api-key': 'demo-free' } });
      left.push(Number(headers['x-ratelimit-remaining']));
      expect(headers['x-ratelimit-reset']).toMatch(/^\d+$/);
    }

    expect(left).toEqual([199, 198, 197]);
  });
});

describe('the context of a call (12)', () => {
  it('holds ids only, below 1 KiB, with 500 requests in flight', async () => {
    const sizes: number[] = [];
    let wake = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const lab = await startTestGateway(
      {
        products: {
          async listProducts() {
            const { trace, identity, deadline, baggage } = currentContext() as CallContext;
            sizes.push(JSON.stringify({ trace, identity, deadline, baggage }).length);
            if (sizes.length === 500) wake();
            await all;
            return {};
          },
        },
      },
      { headers: { rules } },
    );
    opened.push(lab);
    const token = await lab.tokens.sign({ roles: Array.from({ length: 10 }, (_, i) => `role-${i}`) });

    const answers = await Promise.all(Array.from({ length: 500 }, () => lab.send('GET', '/v1/products', { token })));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(Math.max(...sizes)).toBeLessThan(1_024);
  });

  it('a header over its limit is refused with 431 and not passed on', async () => {
    const lab = await open();

    const answer = await lab.send('GET', '/v1/products', { headers: { ...fast, 'x-request-id': 'x'.repeat(65) } });

    expect([answer.status, answer.json.reason, seen.calls]).toEqual([431, 'HEADER_TOO_LONG', 0]);
    expect(answer.json.violations).toEqual([
      { field: 'x-request-id', rule: 'header.max_length', message: 'is longer than 64 characters' },
    ]);
  });
});

describe('the trace', () => {
  it('goes on under an X-Trace-ID of 32 hex digits; traceparent wins, anything else starts a new one', async () => {
    const lab = await open();
    const own = 'ab'.repeat(16);
    const ask = async (headers: Readonly<Record<string, string>>) =>
      (await lab.send('GET', '/v1/products', { headers: { ...fast, ...headers } })).headers['x-trace-id'];

    expect(await ask({ 'x-trace-id': own })).toBe(own);
    expect(seen.context?.trace.traceId).toBe(own);
    expect(await ask({ 'x-trace-id': own, traceparent: `00-${'cd'.repeat(16)}-${'1'.repeat(16)}-01` })).toBe(
      'cd'.repeat(16),
    );
    for (const foreign of ['abc', '0'.repeat(32), 'AB'.repeat(16)])
      expect(await ask({ 'x-trace-id': foreign })).not.toBe(foreign);
  });
});
