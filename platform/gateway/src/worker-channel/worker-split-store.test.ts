import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { keepSplits } from '../workers/keep-splits.ts';
import type { PrimaryChannel } from './channel-to-primary.ts';
import { createWorkerSplitStore } from './worker-split-store.ts';

test('two workers see the splits of each other, with their dates, and the slower one of two changes is refused', async () => {
  const keeper = keepSplits(new FakeClock(5_000));
  /** Messages go as text, like those between processes. */
  const connect = (): PrimaryChannel => {
    const listeners: ((message: unknown) => void)[] = [];
    return {
      onMessage: (listener) => void listeners.push(listener),
      send: (question) =>
        void keeper(JSON.parse(JSON.stringify(question)))?.then((answer) => {
          for (const listener of listeners) listener(JSON.parse(JSON.stringify(answer)));
        }),
    };
  };
  const [one, other] = [createWorkerSplitStore(connect()), createWorkerSplitStore(connect())];
  const split = { versions: [{ version: '1.0.0', weight: 1 }], by: 'user' };

  const revision = await one.set('products', split, 0);
  await expect(other.set('products', split, 0)).rejects.toMatchObject({ reason: 'SPLIT_CHANGED' });
  expect(await other.changesSince(0)).toEqual([{ service: 'products', split, revision, changedAt: new Date(5_000) }]);
  await other.remove('products', revision);
  expect(await one.changesSince(revision)).toMatchObject([{ service: 'products', split: undefined }]);
});
