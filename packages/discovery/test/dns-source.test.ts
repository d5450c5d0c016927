import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createDnsSource, type DnsPort, type DnsSourceOptions } from '../src/index.ts';

class FixedDns implements DnsPort {
  answer: readonly string[] | Error = [];
  v6: readonly string[] = [];
  ttlSeconds: number | undefined = 30;
  asked = 0;
  srv: Awaited<ReturnType<DnsPort['targets']>> = [];

  async addresses(_name: string, family: 4 | 6): ReturnType<DnsPort['addresses']> {
    this.asked++;
    if (this.answer instanceof Error) throw this.answer;
    return (family === 4 ? this.answer : this.v6).map((address) => ({ address, ttlSeconds: this.ttlSeconds }));
  }

  async targets(): ReturnType<DnsPort['targets']> {
    this.asked++;
    return this.srv;
  }
}

function rig(answer: readonly string[], more: Partial<DnsSourceOptions> = {}) {
  const dns = new FixedDns();
  dns.answer = answer;
  const clock = new FakeClock();
  const source = createDnsSource({ name: 'orders.shop.svc', port: 50_051, dns, clock, random: () => 1, ...more });
  const addresses = (): string[] => source.endpoints().map(({ address }) => address);
  return { dns, clock, source, addresses };
}

test('every address of the name is an endpoint, in the same array until the answer changes', async () => {
  const { clock, addresses, source } = rig(['10.0.0.2', '10.0.0.1', '10.0.0.2']);
  addresses();
  await clock.advance(0);
  expect(addresses()).toEqual(['10.0.0.1:50051', '10.0.0.2:50051']);

  const before = source.endpoints();
  await clock.advance(60_000);

  expect(source.endpoints()).toBe(before);
  await source[Symbol.asyncDispose]();
});

test('the name is asked again after its TTL, at most every 2 s and at least every 30 s', async () => {
  for (const [ttlSeconds, expected] of [
    [10, 7],
    [0, 31],
    [3_600, 3],
  ] as const) {
    const { dns, clock, source } = rig(['10.0.0.1']);
    dns.ttlSeconds = ttlSeconds;
    source.start();
    await clock.advance(60_000);
    expect([ttlSeconds, dns.asked]).toEqual([ttlSeconds, expected]);
    await source[Symbol.asyncDispose]();
    expect(clock.pendingCount).toBe(0);
  }
});

test('a failure keeps what is known, one empty answer too, a second one is believed', async () => {
  const { dns, clock, source, addresses } = rig(['10.0.0.1']);
  const seen: number[] = [];
  source.onChange((list) => seen.push(list.length));
  await clock.advance(0);

  dns.answer = new TypeError('SERVFAIL');
  await clock.advance(40_000);
  expect(addresses()).toEqual(['10.0.0.1:50051']);
  expect(source.status()).toMatchObject({ lastError: expect.stringContaining('SERVFAIL'), endpoints: 1 });
  expect(source.status().staleForMs).toBe(40_000);

  dns.answer = [];
  while (source.status().lastError !== undefined) await clock.advanceToNext();
  expect(addresses()).toHaveLength(1);
  await clock.advance(2_000);

  expect(addresses()).toEqual([]);
  expect(seen).toEqual([1, 0]);
  await source[Symbol.asyncDispose]();
});

test('an endpoint that could not be reached makes it ask within 2 s', async () => {
  const { dns, clock, source, addresses } = rig(['10.0.0.1']);
  source.start();
  await clock.advance(5_000);
  dns.answer = ['10.0.0.9'];

  source.reportFailure(source.endpoints()[0] as never);
  await clock.advance(2_000);

  expect(addresses()).toEqual(['10.0.0.9:50051']);
  await source[Symbol.asyncDispose]();
});

test('a question that is not answered within 5 s is a failure', async () => {
  const dns: DnsPort = { addresses: () => new Promise(() => undefined), targets: async () => [] };
  const { clock, source } = rig([], { dns });
  source.start();

  await clock.advance(5_000);

  expect(source.status()).toMatchObject({ staleForMs: undefined, lastError: expect.stringContaining('5000 ms') });
  await source[Symbol.asyncDispose]();
});

test('both families together, and SRV records with port and weight of the lowest priority', async () => {
  const both = rig(['10.0.0.1'], { record: 'A+AAAA' });
  both.dns.v6 = ['fd00::1'];
  both.source.start();
  await both.clock.advance(0);
  expect(both.addresses()).toEqual(['10.0.0.1:50051', '[fd00::1]:50051']);

  const srv = rig([], { record: 'SRV' });
  srv.dns.srv = [
    { name: 'b.shop', port: 2, priority: 10, weight: 0 },
    { name: 'a.shop.', port: 1, priority: 10, weight: 60 },
    { name: 'far.shop', port: 3, priority: 20, weight: 100 },
  ];
  srv.source.start();
  await srv.clock.advance(0);
  expect(srv.source.endpoints().map(({ address, weight }) => [address, weight])).toEqual([
    ['a.shop:1', 60],
    ['b.shop:2', 1],
  ]);
  await both.source[Symbol.asyncDispose]();
  await srv.source[Symbol.asyncDispose]();
});

test('records of addresses without a port are refused at once', () => {
  expect(() => rig([], { port: 0 })).toThrow(expect.objectContaining({ reason: 'OPTION_INVALID' }));
});
