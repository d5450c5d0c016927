import { expect, test } from 'vitest';
import { moveHorizon, noHorizon } from './horizon.ts';

test('a horizon comes to what was drawn at the look before, when nobody was writing then', () => {
  const first = moveHorizon(noHorizon, { drawn: 70n, writers: [], firstWaiting: null });
  expect(first.sequence).toBe(0n);
  expect(moveHorizon(first, { drawn: 90n, writers: [], firstWaiting: null }).sequence).toBe(70n);
});

test('it stays in front of what one of two writers may still commit, until that one has ended', () => {
  const first = moveHorizon(noHorizon, { drawn: 70n, writers: ['3/1', '4/1'], firstWaiting: null });
  const second = moveHorizon(first, { drawn: 90n, writers: ['4/1', '5/9'], firstWaiting: null });
  expect(second.sequence).toBe(0n);
  const third = moveHorizon(second, { drawn: 95n, writers: ['5/9'], firstWaiting: null });
  expect(third.sequence).toBe(70n);
});

test('it stays in front of what a transaction may commit that stood prepared while the server was restarted', () => {
  const first = moveHorizon(noHorizon, { drawn: 70n, writers: ['3/1 801'], firstWaiting: null });
  const second = moveHorizon(first, { drawn: 90n, writers: ['-1/801 801'], firstWaiting: null });
  expect(second.sequence).toBe(0n);
  expect(moveHorizon(second, { drawn: 90n, writers: ['-1/802 802'], firstWaiting: null }).sequence).toBe(70n);
});

test('it stays in front of an event that waits, and goes back to one that waits again', () => {
  const first = moveHorizon(noHorizon, { drawn: 70n, writers: [], firstWaiting: 60n });
  const second = moveHorizon(first, { drawn: 90n, writers: [], firstWaiting: 60n });
  expect(second.sequence).toBe(59n);
  const third = moveHorizon(second, { drawn: 90n, writers: [], firstWaiting: null });
  expect(third.sequence).toBe(90n);
  expect(moveHorizon(third, { drawn: 90n, writers: [], firstWaiting: 5n }).sequence).toBe(4n);
});
