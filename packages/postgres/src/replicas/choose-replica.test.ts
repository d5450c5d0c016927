import { expect, test } from 'vitest';
import { chooseReplica, type ReplicaDemand, type ReplicaView } from './choose-replica.ts';

const fit: ReplicaView = { isUsable: true, shownUntilMs: 1_000, lagBytes: 0n, replayed: 100n, usedCount: 0 };
const demand: ReplicaDemand = { nowMs: 1_000, maxLagMs: 500, maxLagBytes: 50, position: undefined, turn: 0 };

test('replicas that are alike take turns', () => {
  expect([0, 1, 2, 3].map((turn) => chooseReplica([fit, fit, fit], { ...demand, turn }))).toEqual([0, 1, 2, 0]);
});

test('the least used comes first, whoever has the turn', () => {
  const views = [
    { ...fit, usedCount: 2 },
    { ...fit, usedCount: 1 },
    { ...fit, usedCount: 3 },
  ];
  expect([0, 1, 2].map((turn) => chooseReplica(views, { ...demand, turn }))).toEqual([1, 1, 1]);
});

test('one that is 500 ms and 50 bytes behind is chosen, one that is more by either is not', () => {
  const near = { ...fit, shownUntilMs: 500, lagBytes: 50n };
  expect(chooseReplica([near], demand)).toBe(0);
  expect(chooseReplica([{ ...near, shownUntilMs: 499 }], demand)).toBe('all_behind');
  expect(chooseReplica([{ ...near, lagBytes: 51n }], demand)).toBe('all_behind');
});

test('one that never was level with the primary is behind, whatever the bound', () => {
  const never = { ...fit, shownUntilMs: Number.NEGATIVE_INFINITY };
  expect(chooseReplica([never], { ...demand, maxLagMs: Number.MAX_VALUE })).toBe('all_behind');
});

test('one that shows the position comes before a less used one that does not, which comes before none', () => {
  const busy = { ...fit, replayed: 200n, usedCount: 9 };
  expect(chooseReplica([fit, busy], { ...demand, position: 150n })).toBe(1);
  expect(chooseReplica([fit], { ...demand, position: 150n })).toBe(0);
});

test('one that does not answer is left out, and none is left without any', () => {
  const gone = { ...fit, isUsable: false };
  expect(chooseReplica([gone, fit], demand)).toBe(1);
  expect(chooseReplica([gone], demand)).toBe('none_usable');
});
