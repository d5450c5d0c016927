import { expect, test } from 'vitest';
import { endpointsNamed, numbered, Rig } from './upstream-rig.ts';

const noSlowStart = { slowStart: { windowMs: 0 } } as const;

function five(more: object = {}): Rig {
  return new Rig({ policy: 'round_robin', ...noSlowStart, ...more }, endpointsNamed(numbered(5)));
}

test('4 failures in a row eject nobody, the 5th takes the endpoint out for 30 s', async () => {
  const rig = five();
  rig.pick();
  rig.report('e1', 'failure', 4);
  expect(rig.ejected()).toEqual([]);

  rig.report('e1', 'failure');

  expect(rig.ejected()).toEqual(['e1']);
  expect(rig.counts(400)).toEqual({ e0: 100, e2: 100, e3: 100, e4: 100 });
  await rig.clock.advance(29_999);
  expect(rig.counts(400).e1).toBeUndefined();
  await rig.clock.advance(1);
  expect(rig.counts(500).e1).toBe(100);
});

test('a success between failures begins the count again, a canceled call does not', () => {
  const rig = five();
  rig.pick();
  rig.report('e1', 'failure', 4);
  rig.report('e1', 'success');
  rig.report('e1', 'failure', 4);
  expect(rig.ejected()).toEqual([]);

  rig.report('e1', 'canceled', 3);
  rig.report('e1', 'failure');

  expect(rig.ejected()).toEqual(['e1']);
});

test('ejections in a row take 30, 60 and 90 s, never above the limit of 80 s, and are forgotten one per 30 s', async () => {
  const rig = five({ outlier: { maxEjectionMs: 80_000 } });
  rig.pick();
  const ejectedFor = (): number => {
    rig.report('e1', 'failure', 5);
    return rig.upstream.stats().byEndpoint.find(({ id }) => id === 'e1')?.ejectedForMs ?? 0;
  };

  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    times.push(ejectedFor());
    await rig.clock.advance(times.at(-1) as number);
    rig.pick();
  }
  await rig.clock.advance(60_000);

  expect(times).toEqual([30_000, 60_000, 80_000]);
  // Three were remembered, two are forgotten, this is the second again.
  expect(ejectedFor()).toBe(60_000);
});

test.for([
  [1, 0],
  [2, 1],
  [3, 1],
  [5, 2],
  [10, 5],
] as const)('when all of %d fail, %d are ejected and the others go on being tried', ([count, expected]) => {
  const rig = new Rig({ policy: 'round_robin', ...noSlowStart }, endpointsNamed(numbered(count)));

  for (let i = 0; i < count * 50; i++) rig.call(() => 'failure');

  expect(rig.ejected()).toHaveLength(expected);
  expect(rig.upstream.stats().used).toBe(count - expected);
});

test('calls that began before an ejection or before its end do not count after it', async () => {
  const rig = five();
  rig.pick();
  const [, endpoint] = rig.list;
  const late = Array.from({ length: 20 }, () => rig.upstream.begin(endpoint as never));
  for (const end of late.splice(0, 5)) end('failure');
  expect(rig.ejected()).toEqual(['e1']);
  await rig.clock.advance(30_000);
  rig.pick();

  for (const end of late) end('failure');

  expect(rig.ejected()).toEqual([]);
  expect(rig.upstream.stats().byEndpoint[1]).toMatchObject({ errors: 20, inFlight: 0, ejections: 1 });
});

test('an endpoint that leaves the list and comes back is still ejected', () => {
  const rig = five();
  rig.pick();
  rig.report('e1', 'failure', 5);
  const whole = rig.list;
  rig.list = whole.filter(({ id }) => id !== 'e1');
  rig.pick();

  rig.list = [...whole];

  expect(rig.counts(100).e1).toBeUndefined();
  expect(rig.ejected()).toEqual(['e1']);
});

test('an endpoint that succeeds clearly less often than the others is ejected after the interval', async () => {
  const rig = five({ outlier: { consecutiveErrors: 0, successRate: { minCalls: 20, deviations: 1.5 } } });
  let turn = 0;
  for (let i = 0; i < 500; i++) rig.call((id) => (id === 'e3' && turn++ % 2 === 0 ? 'failure' : 'success'));
  expect(rig.ejected()).toEqual([]);

  await rig.clock.advance(30_000);
  rig.call();

  expect(rig.ejected()).toEqual(['e3']);
});

test('with fewer usable endpoints than the panic threshold all are used, with enough again only those', async () => {
  const rig = five({ outlier: { maxEjectionPercent: 100 }, panicThresholdPercent: 50 });
  rig.pick();
  rig.report('e0', 'failure', 5);
  rig.report('e1', 'failure', 5);
  expect(rig.upstream.stats()).toMatchObject({ used: 3, isPanic: false });

  rig.report('e2', 'failure', 5);

  expect(rig.upstream.stats()).toMatchObject({ used: 5, ejected: 3, isPanic: true });
  await rig.clock.advance(30_000);
  expect(rig.upstream.stats()).toMatchObject({ used: 5, ejected: 0, isPanic: false });
});
