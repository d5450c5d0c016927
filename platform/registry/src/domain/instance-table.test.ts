import { FakeClock } from '@mainstay/testing';
import { beforeEach, expect, test } from 'vitest';
import type { Change } from './change.ts';
import { type Registration, stateOf } from './entry.ts';
import { InstanceTable } from './instance-table.ts';

const timings = {
  heartbeatIntervalMs: 15_000,
  suspectAfterMissedCount: 2,
  drainAfterMissedCount: 3,
  removeGraceMs: 30_000,
};

let clock: FakeClock;
let changes: Change[];
let table: InstanceTable;

beforeEach(() => {
  clock = new FakeClock();
  changes = [];
  table = new InstanceTable({ clock, timings, maxInstanceCount: 1_000, onChange: (change) => changes.push(change) });
});

function orders(id: string, more: Partial<Registration> = {}): Registration {
  const registration = { service: 'orders', id, address: `127.0.0.1:${5_000 + id.length}`, managementUrl: '' };
  return { ...registration, metadata: {}, reported: 'healthy', load: 0, ...more };
}

function stateOfOne(id = 'a'): string | undefined {
  const entry = table.get('orders', id);
  return entry && stateOf(entry);
}

async function sweepAt(elapsedMs: number): Promise<ReturnType<InstanceTable['sweep']>> {
  await clock.advance(elapsedMs - clock.monotonicMs());
  return table.sweep();
}

const events = (): string[] => changes.map((change) => change.event);

test('a silent instance is suspect at 30 s, draining at 45 s and probed at 75 s, each to the millisecond', async () => {
  table.register(orders('a'));

  await sweepAt(29_999);
  expect(stateOfOne()).toBe('healthy');
  await sweepAt(30_000);
  expect(stateOfOne()).toBe('suspect');
  await sweepAt(44_999);
  expect(stateOfOne()).toBe('suspect');
  await sweepAt(45_000);
  expect(stateOfOne()).toBe('draining');
  expect(await sweepAt(74_999)).toEqual([]);
  const [probed] = await sweepAt(75_000);

  expect(probed).toMatchObject({ id: 'a', silence: 'probing' });
  expect(await sweepAt(90_000)).toEqual([]);
  expect(events()).toEqual(['registered', 'suspect', 'draining']);
});

test('an unanswered probe removes the instance, and the audit says after how long', async () => {
  table.register(orders('a'));
  const [probed] = await sweepAt(75_000);

  table.probed(probed!, false);

  expect(table.size).toBe(0);
  expect(table.services()).toEqual([]);
  expect(changes.at(-1)).toEqual({
    service: 'orders',
    id: 'a',
    event: 'removed',
    reason: 'no heartbeat for 75 s and no answer to a probe',
  });
});

test('an answered probe keeps the instance as suspect for one interval more', async () => {
  table.register(orders('a'));
  const [probed] = await sweepAt(75_000);

  table.probed(probed!, true);
  expect(stateOfOne()).toBe('suspect');
  await sweepAt(89_999);
  expect(stateOfOne()).toBe('suspect');
  await sweepAt(90_000);
  expect(stateOfOne()).toBe('draining');
  expect(await sweepAt(120_000)).toHaveLength(1);
});

test('a heartbeat while the probe runs wins over the end of the probe', async () => {
  table.register(orders('a'));
  const [probed] = await sweepAt(75_000);
  table.heartbeat({ service: 'orders', id: 'a' }, { reported: 'healthy', load: 0 });

  table.probed(probed!, false);

  expect(stateOfOne()).toBe('healthy');
});

test.each([30_000, 45_000, 75_000])('a heartbeat after %i ms of silence makes it healthy again', async (silentMs) => {
  table.register(orders('a'));
  await sweepAt(silentMs);

  table.heartbeat({ service: 'orders', id: 'a' }, { reported: 'healthy', load: 7 });

  expect(stateOfOne()).toBe('healthy');
  expect(table.get('orders', 'a')).toMatchObject({ load: 7, lastSeenAtMs: clock.nowMs() });
  expect(changes.at(-1)).toMatchObject({
    event: 'recovered',
    reason: `beats again after ${(silentMs / 1_000).toFixed(1)} s of silence`,
  });
});

test('beating every 15 s for an hour changes nothing and is not worth an audit line', async () => {
  table.register(orders('a'));

  for (let beat = 1; beat <= 240; beat++) {
    await sweepAt(beat * 15_000);
    table.heartbeat({ service: 'orders', id: 'a' }, { reported: undefined, load: beat });
  }

  expect(events()).toEqual(['registered']);
  expect(table.get('orders', 'a')).toMatchObject({ load: 240, lastSeenAtMs: clock.nowMs() });
});

test('a late sweep takes all the steps that were due, in order', async () => {
  table.register(orders('a'));

  expect(await sweepAt(200_000)).toHaveLength(1);

  expect(events()).toEqual(['registered', 'suspect', 'draining']);
});

test('a jump of the wall clock makes nobody suspect', () => {
  table.register(orders('a'));

  clock.jump(3_600_000);
  table.sweep();

  expect(stateOfOne()).toBe('healthy');
});

test('time in which the registry stood still is given back', async () => {
  table.register(orders('a'));
  await clock.advance(40_000);
  table.forgive(20_000);

  table.sweep();

  expect(stateOfOne()).toBe('healthy');
});

test('what an instance reports of itself decides whether it is routed to', () => {
  const routable = (): number => table.lookup('orders').length;
  table.register(orders('a'));

  for (const [reported, expected] of [
    ['degraded', 1],
    ['unhealthy', 0],
    ['healthy', 1],
    ['draining', 0],
    ['healthy', 1],
  ] as const) {
    table.heartbeat({ service: 'orders', id: 'a' }, { reported, load: 0 });
    expect([reported, routable()]).toEqual([reported, expected]);
  }

  expect(events()).toEqual(['registered', 'degraded', 'unhealthy', 'recovered', 'draining', 'recovered']);
});

test('an instance that reports draining and falls silent is never routed to again', async () => {
  table.register(orders('a', { reported: 'draining' }));

  await sweepAt(30_000);
  expect(stateOfOne()).toBe('draining');
  const [probed] = await sweepAt(75_000);
  table.probed(probed!, true);

  expect(stateOfOne()).toBe('draining');
});

test('look-ups order healthy before degraded before suspect, then by id, and leave the others out', async () => {
  table.register(orders('d-suspect'));
  await clock.advance(29_000);
  for (const [id, reported] of [
    ['c-degraded', 'degraded'],
    ['b-healthy', 'healthy'],
    ['a-healthy', 'healthy'],
    ['e-unhealthy', 'unhealthy'],
    ['f-draining', 'draining'],
  ] as const) {
    table.register(orders(id, { reported }));
  }
  await sweepAt(30_000);
  const ids = (all: boolean): string[] => table.lookup('orders', {}, all).map((entry) => entry.id);

  expect(ids(false)).toEqual(['a-healthy', 'b-healthy', 'c-degraded', 'd-suspect']);
  expect(ids(true)).toEqual([...ids(false), 'f-draining', 'e-unhealthy']);
});

test('look-ups filter on every pair of metadata asked for; an unknown service has none', () => {
  table.register(orders('a', { metadata: { version: '1.2.0', zone: 'eu' } }));
  table.register(orders('b', { metadata: { version: '2.0.0', zone: 'eu' } }));
  const ids = (filter: Record<string, string>): string[] => table.lookup('orders', filter).map((entry) => entry.id);

  expect(ids({ version: '2.0.0' })).toEqual(['b']);
  expect(ids({ version: '1.2.0', zone: 'us' })).toEqual([]);
  expect(ids({ zone: 'eu' })).toEqual(['a', 'b']);
  expect(ids({ toString: 'x' })).toEqual([]);
  expect(table.lookup('constructor')).toEqual([]);
});

test('registering an id again renews its one entry and keeps when it first came', async () => {
  const first = table.register(orders('a'));
  await clock.advance(5_000);

  const second = table.register(orders('a', { address: '127.0.0.1:9', reported: 'degraded' }));

  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.entry).toMatchObject({ address: '127.0.0.1:9', registeredAtMs: first.entry.registeredAtMs });
  expect(table.size).toBe(1);
  expect(events()).toEqual(['registered', 'renewed']);
});

test('deregistering takes effect at once, is audited, and says when there was nothing to do', () => {
  table.register(orders('a'));

  expect(table.deregister('orders', 'a')).toBe(true);
  expect(table.deregister('orders', 'a')).toBe(false);

  expect(table.lookup('orders', {}, true)).toEqual([]);
  expect(events()).toEqual(['registered', 'deregistered']);
});

test('a heartbeat of an unknown instance is answered with INSTANCE_UNKNOWN', () => {
  table.register(orders('a'));
  const beat = (service: string, id: string): unknown =>
    table.heartbeat({ service, id }, { reported: 'healthy', load: 0 });

  expect(() => beat('orders', 'b')).toThrow(expect.objectContaining({ reason: 'INSTANCE_UNKNOWN', code: 'not_found' }));
  expect(() => beat('users', 'a')).toThrow(expect.objectContaining({ reason: 'INSTANCE_UNKNOWN' }));
});

test('the 1,001st instance is refused while the others may still renew', () => {
  for (let i = 0; i < 1_000; i++) table.register(orders(`a${i}`));

  expect(() => table.register(orders('one-more'))).toThrow(expect.objectContaining({ reason: 'REGISTRY_FULL' }));
  expect(table.register(orders('a7')).created).toBe(false);
  expect(table.size).toBe(1_000);
});

test('restored instances are suspect at once, draining after 45 s, healthy at the first beat', async () => {
  const stored = { ...orders('a'), registeredAtMs: 1, lastSeenAtMs: 2 };
  table.restore(stored);
  table.restore({ ...stored, id: 'b' });

  expect(stateOfOne('a')).toBe('suspect');
  table.heartbeat({ service: 'orders', id: 'b' }, { reported: 'healthy', load: 0 });
  expect(stateOfOne('b')).toBe('healthy');
  await sweepAt(44_999);
  expect(stateOfOne('a')).toBe('suspect');
  await sweepAt(45_000);
  expect(stateOfOne('a')).toBe('draining');
  expect(events().slice(0, 3)).toEqual(['restored', 'restored', 'recovered']);
});

test('what is restored never replaces an instance that has registered already', () => {
  table.register(orders('a', { address: 'new:1' }));

  table.restore({ ...orders('a', { address: 'old:1' }), registeredAtMs: 1, lastSeenAtMs: 2 });

  expect(table.get('orders', 'a')?.address).toBe('new:1');
});

test('one id in two services is two instances', () => {
  table.register(orders('a'));
  table.register(orders('a', { service: 'users' }));

  expect(table.withId('a').map((entry) => entry.service)).toEqual(['orders', 'users']);
  table.deregister('orders', 'a');
  expect(table.services()).toEqual(['users']);
});

test.each([
  { suspectAfterMissedCount: 0 },
  { drainAfterMissedCount: 2 },
  { removeGraceMs: -1 },
  { heartbeatIntervalMs: 0 },
])('refuses timings that contradict each other: %o', (wrong) => {
  const build = (): unknown =>
    new InstanceTable({ clock, timings: { ...timings, ...wrong }, maxInstanceCount: 1, onChange: () => undefined });

  expect(build).toThrow(expect.objectContaining({ reason: 'OPTION_INVALID' }));
});
