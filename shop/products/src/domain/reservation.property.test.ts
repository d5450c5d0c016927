import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideReservation, type ReservationCall, type ReservationStatus } from './reservation.ts';

const calls: ReservationCall[] = ['reserve', 'release', 'commit', 'restock', 'expire'];

/** Plays calls against one reservation of one piece and keeps the stock of it. */
function play(sequence: readonly ReservationCall[]) {
  let status: ReservationStatus | 'none' = 'none';
  let onHand = 0;
  let reserved = 0;
  for (const call of sequence) {
    const decision = decideReservation(call, status);
    if (decision.do !== 'move') continue;
    // A reservation that was released before it ever held has no lines, so nothing to hold or sell.
    onHand += decision.effect.onHand;
    reserved += decision.effect.reserved;
    status = decision.to;
  }
  return { status, onHand, reserved };
}

test('whatever is called in whatever order: holds are 0 or 1, and at most 1 piece is sold', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...calls), { maxLength: 12 }), (sequence) => {
      const { status, onHand, reserved } = play(sequence);

      expect(reserved).toBe(status === 'held' ? 1 : 0);
      expect(onHand).toBe(status === 'committed' ? -1 : 0);
    }),
  );
});

test('repeating a call right away changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...calls), { maxLength: 8 }), fc.constantFrom(...calls), (sequence, call) => {
      expect(play([...sequence, call, call])).toEqual(play([...sequence, call]));
    }),
  );
});

test('after a release nothing can hold or sell any more', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...calls), { maxLength: 8 }), (later) => {
      expect(play(['release', ...later]).status).toBe('released');
    }),
  );
});
