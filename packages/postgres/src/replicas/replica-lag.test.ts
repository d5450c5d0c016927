import { expect, test } from 'vitest';
import { ReplicaLag } from './replica-lag.ts';

test('a replica that shows what the log held at a moment is behind by the time since then', () => {
  const lag = new ReplicaLag();
  expect(lag.shownUntilMs).toBe(Number.NEGATIVE_INFINITY);

  lag.note(100n, { atMs: 10, position: 100n });
  expect([lag.shownUntilMs, lag.bytes]).toEqual([10, 0n]);

  lag.note(150n, { atMs: 20, position: 300n });
  expect([lag.shownUntilMs, lag.bytes]).toEqual([10, 150n]);

  lag.note(350n, { atMs: 30, position: 400n });
  expect([lag.shownUntilMs, lag.bytes]).toEqual([20, 50n]);
});

test('a primary that writes nothing leaves no lag, and one that gives no answer lets it grow', () => {
  const lag = new ReplicaLag();
  for (const atMs of [10, 20, 30]) lag.note(100n, { atMs, position: 100n });
  lag.note(100n, undefined);
  expect(lag.shownUntilMs).toBe(30);
});

test('a position that is heard of between two looks counts at once, a lower one never', () => {
  const lag = new ReplicaLag();
  lag.note(100n, { atMs: 10, position: 200n });
  lag.raise(200n);
  lag.raise(150n);
  expect([lag.shownUntilMs, lag.replayed]).toEqual([10, 200n]);
});

test('of more than 256 moments that are not shown yet the oldest are dropped: the lag looks longer then, never shorter', () => {
  const lag = new ReplicaLag();
  for (let n = 1; n <= 300; n++) lag.note(0n, { atMs: n, position: BigInt(n) });
  lag.raise(44n);
  expect(lag.shownUntilMs).toBe(Number.NEGATIVE_INFINITY);
  lag.raise(45n);
  expect(lag.shownUntilMs).toBe(45);
});

test('what was known is forgotten with the server that it was known of', () => {
  const lag = new ReplicaLag();
  lag.note(100n, { atMs: 10, position: 100n });
  lag.forget();
  expect([lag.shownUntilMs, lag.replayed]).toEqual([Number.NEGATIVE_INFINITY, 0n]);
});
