import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import type { StoredInstance } from './registry-store.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

function setUp(save: (count: number) => Promise<void> = async () => undefined) {
  const clock = new FakeClock();
  const state = { instances: [] as StoredInstance[], saves: [] as number[] };
  const writer = new SnapshotWriter({
    clock,
    logger: silentLogger,
    debounceMs: 100,
    snapshot: () => state.instances,
    store: {
      load: async () => [],
      save: async (instances) => {
        await save(state.saves.push(instances.length));
      },
    },
  });
  return { clock, state, writer };
}

test('1,000 changes within 100 ms are one save, of the state at its time', async () => {
  const { clock, state, writer } = setUp();

  for (let i = 0; i < 1_000; i++) {
    state.instances.push({} as StoredInstance);
    writer.changed();
  }
  await clock.advance(100);

  expect(state.saves).toEqual([1_000]);
});

test('a change during a save is saved after it, never beside it', async () => {
  const first = Promise.withResolvers<void>();
  const { clock, state, writer } = setUp((count) => (count === 1 ? first.promise : Promise.resolve()));
  writer.changed();
  await clock.advance(100);
  writer.changed();
  await clock.advance(100);
  expect(state.saves).toHaveLength(1);

  first.resolve();
  await clock.advance(0);

  expect(state.saves).toHaveLength(2);
});

test('a failed save is shown and tried again after 5 s', async () => {
  const { clock, state, writer } = setUp(async (count) => {
    if (count === 1) throw new Error('ENOSPC: no space left on device');
  });
  writer.changed();
  await clock.advance(100);
  expect(writer.lastError).toContain('ENOSPC');

  await clock.advance(4_999);
  expect(state.saves).toHaveLength(1);
  await clock.advance(1);

  expect(state.saves).toHaveLength(2);
  expect(writer.lastError).toBeUndefined();
});

test('disposing saves what was not saved yet', async () => {
  const { state, writer } = setUp();
  writer.changed();

  await writer[Symbol.asyncDispose]();

  expect(state.saves).toHaveLength(1);
});
