import { expect, test } from 'vitest';
import { joinCircuits, joinConfig, joinLimits, joinSplits } from './join-pages.ts';

const pages = (...contents: readonly unknown[]) => contents.map((content, at) => ({ pid: String(at + 1), content }));

test('circuits of all workers stand in one list for each service, with their worker', () => {
  const joined = joinCircuits(
    pages({ gateway: [{ name: 'orders' }] }, { gateway: [{ name: 'orders' }, { name: 'users' }] }),
  );

  expect(joined).toEqual({
    gateway: [
      { name: 'orders', worker: '1' },
      { name: 'orders', worker: '2' },
      { name: 'users', worker: '2' },
    ],
  });
});

test('a configuration that one worker refuses is shown as refused', () => {
  const refused = { changed: [], error: { reason: 'CONFIG_INVALID' } };

  expect(joinConfig(pages({ changed: [], error: null }, refused))).toBe(refused);
});

test('unrecorded calls are summed, and quotas are lost when one worker has lost them', () => {
  const page = (clients: number, unrecorded: number, state: string) => ({
    tiers: {},
    quotas: { clients, unrecorded, state },
  });

  expect(joinLimits(pages(page(3, 1, 'recording'), page(2, 4, 'lost')))).toEqual(page(3, 5, 'lost'));
  expect(joinLimits(pages({ tiers: {}, quotas: null }, { tiers: {}, quotas: null }))).toEqual({
    tiers: {},
    quotas: null,
  });
});

test('copies that workers compared are summed for each version, means by their number', () => {
  const report = (compared: number, ms: number) => ({
    version: '2.0.0',
    compared,
    same: compared,
    different: 0,
    fields: 0,
    other_status: 0,
    dropped: 1,
    mean_ms: ms,
    mean_ms_served: 10,
  });
  const page = (mirrored: readonly object[]) => ({ kept: true, splits: [{ service: 'products', mirrored }] });

  expect(joinSplits(pages(page([report(1, 4)]), page([report(3, 8)]), page([])))).toEqual(
    page([{ ...report(4, 7), dropped: 2 }]),
  );
});
