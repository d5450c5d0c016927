import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Alarm, alarmsOf, createAlarms } from './alarms.ts';
import type { Clock } from './clock.ts';

function alarm(dueAtMs: number, onDue: () => void): Alarm {
  return { dueAtMs, place: -1, onDue };
}

test('wakes each of 40 alarms at its own moment, whatever the order they were set in, and none that was taken back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ dueAtMs: fc.integer({ min: 0, max: 50 }), isCleared: fc.boolean() }), { maxLength: 40 }),
      async (wanted) => {
        const clock = new FakeClock();
        const alarms = createAlarms(clock);
        const woken: number[] = [];
        const set = wanted.map(({ dueAtMs }) =>
          alarm(dueAtMs, () => {
            expect(clock.monotonicMs()).toBe(dueAtMs);
            woken.push(dueAtMs);
          }),
        );
        for (const one of set) alarms.set(one);
        wanted.forEach(({ isCleared }, i) => {
          if (isCleared) alarms.clear(set[i]!);
        });

        await clock.advance(60);

        const kept = wanted.filter(({ isCleared }) => !isCleared).map(({ dueAtMs }) => dueAtMs);
        expect(woken).toEqual(kept.toSorted((a, b) => a - b));
        expect(set.every(({ place }) => place === -1)).toBe(true);
      },
    ),
  );
});

test('1,000 alarms have one timer', () => {
  const clock = new FakeClock();
  const alarms = createAlarms(clock);

  for (let ms = 1_000; ms > 0; ms--) alarms.set(alarm(ms, () => undefined));

  expect(clock.pendingCount).toBe(1);
  expect(clock.nextDueInMs).toBe(1);
});

test('an alarm may set another one, sooner than all the rest', async () => {
  const clock = new FakeClock();
  const alarms = createAlarms(clock);
  const woken: string[] = [];
  alarms.set(alarm(100, () => woken.push('late')));
  alarms.set(
    alarm(10, () => {
      woken.push('first');
      alarms.set(alarm(20, () => woken.push('second')));
    }),
  );

  await clock.advance(20);

  expect(woken).toEqual(['first', 'second']);
  await clock.advance(80);
  expect(woken).toEqual(['first', 'second', 'late']);
});

test('an alarm that was taken back can be taken back again, and set anew', async () => {
  const clock = new FakeClock();
  const alarms = createAlarms(clock);
  let count = 0;
  const one = alarm(10, () => void count++);
  alarms.set(one);
  alarms.clear(one);
  alarms.clear(one);

  alarms.set(one);
  await clock.advance(10);

  expect(count).toBe(1);
});

test('everything with one clock shares one list', () => {
  const clock = new FakeClock();

  expect(alarmsOf(clock)).toBe(alarmsOf(clock));
  expect(alarmsOf(clock)).not.toBe(alarmsOf(new FakeClock()));
});

test('an alarm that throws silences none of the others', async () => {
  const callbacks: (() => void)[] = [];
  const clock = {
    monotonicMs: () => 10,
    after(_ms: number, callback: () => void) {
      callbacks.push(callback);
      return () => undefined;
    },
  } as unknown as Clock;
  const alarms = createAlarms(clock);
  const woken: string[] = [];
  alarms.set(
    alarm(1, () => {
      throw new TypeError('mistake');
    }),
  );
  alarms.set(alarm(2, () => woken.push('second')));

  expect(callbacks.shift()).toThrow('mistake');
  callbacks.shift()?.();

  expect(woken).toEqual(['second']);
});
