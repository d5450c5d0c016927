import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createPutAside } from './put-aside.ts';

test('a failing endpoint is aside for 2 s, then 4 s, up to 30 s; failures while aside do not count', async () => {
  const clock = new FakeClock();
  const aside = createPutAside(clock);
  const asideForMs: number[] = [];

  for (let i = 0; i < 6; i++) {
    aside.add('orders', 'a');
    aside.add('orders', 'a');
    const fromMs = clock.monotonicMs();
    while (aside.has('orders', 'a')) await clock.advance(500);
    asideForMs.push(clock.monotonicMs() - fromMs);
  }

  expect(asideForMs).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('30 s without a failure after its time, an endpoint begins at 2 s again', async () => {
  const clock = new FakeClock();
  const aside = createPutAside(clock);
  aside.add('orders', 'a');
  await clock.advance(2_000 + 30_000);

  aside.add('orders', 'a');
  await clock.advance(1_999);
  expect(aside.has('orders', 'a')).toBe(true);
  await clock.advance(1);
  expect(aside.has('orders', 'a')).toBe(false);
});

test('endpoints of different services are different, and unknown ones are forgotten', () => {
  const aside = createPutAside(new FakeClock());
  aside.add('orders', 'a');

  expect(aside.has('products', 'a')).toBe(false);
  aside.sweep('orders', new Set(['b']));
  expect(aside.has('orders', 'a')).toBe(false);
});
