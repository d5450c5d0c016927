import { defineConfig } from '@mainstay/config';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { defineService } from '../definition/definition.ts';
import { createHostHealth } from './host-health.ts';

const service = (name: string) =>
  defineService({ name, version: '1', config: defineConfig({ name, keys: {} }), start: async () => ({}) });

test('a service alone in its process is the process', () => {
  const health = createHostHealth([service('orders')], new FakeClock());

  expect(health.of('orders')).toBe(health.process);
  expect(health.all).toEqual([health.process]);
});

test('with two services the process is ready when both are, and each stays apart', async () => {
  const clock = new FakeClock();
  const health = createHostHealth([service('orders'), service('users')], clock);
  let isUp = true;
  health.of('users').addReadinessCheck(
    'database',
    async () => {
      if (!isUp) throw new Error('gone');
    },
    { cacheMs: 0 },
  );
  for (const each of health.all) each.setStarted();
  const status = async () => ({
    process: (await health.process.ready()).status,
    orders: (await health.of('orders').ready()).status,
    users: (await health.of('users').ready()).status,
  });

  expect(await status()).toEqual({ process: 'up', orders: 'up', users: 'up' });
  isUp = false;
  expect(await status()).toEqual({ process: 'down', orders: 'up', users: 'down' });
});

test('details of both services stand on the page of the process', async () => {
  const health = createHostHealth([service('orders'), service('users')], new FakeClock());
  health.of('orders').addDetail('registration', () => 'a');
  health.of('users').addDetail('registration', () => 'b');

  expect((await health.process.detail()).details).toEqual({ 'orders.registration': 'a', 'users.registration': 'b' });
});
