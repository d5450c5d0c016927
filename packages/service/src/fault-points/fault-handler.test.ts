import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createFaultHandler } from './fault-handler.ts';
import { parseFaultPoints } from './parse-fault-points.ts';

function setUp(text: string) {
  const clock = new FakeClock();
  const kills: number[] = [];
  const kill = (): void => void kills.push(clock.nowMs());
  const handler = createFaultHandler({ rules: parseFaultPoints(text), clock, logger: silentLogger, kill });
  return { clock, kills, handler };
}

test('kills at the second time only, and nothing behind the point runs', async () => {
  const { handler, kills, clock } = setUp('a=kill@2');
  let passed = 0;
  const work = async (): Promise<void> => {
    await handler('a');
    passed++;
  };

  await work();
  expect(kills).toHaveLength(0);
  void work();
  await clock.advance(60_000);

  expect(kills).toHaveLength(1);
  expect(passed).toBe(1);
});

test('delays by 500 ms every time', async () => {
  const { handler, clock } = setUp('a=delay:500');
  for (let time = 0; time < 2; time++) {
    let passed = false;
    const work = (async () => {
      await handler('a');
      passed = true;
    })();
    await clock.advance(499);
    expect(passed).toBe(false);
    await clock.advance(1);
    await work;
  }
});

test('points without a rule pass without a promise', () => {
  expect(setUp('a=kill').handler('b')).toBeUndefined();
});
