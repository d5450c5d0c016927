import { isPlatformError } from '@mainstay/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, type OrderCommand } from './decide.ts';
import { evolve, type OrderEvent, type OrderLife, type PlacedOrder } from './order-events.ts';
import { canMove, isBeingPlaced, type OrderStatus } from './order-status.ts';

const order: PlacedOrder = {
  userId: 'ada',
  sagaId: 'sg_1',
  currencyCode: 'USD',
  lines: [],
  subtotalMinorUnits: 1n,
  taxMinorUnits: 0n,
  shippingMinorUnits: 0n,
  address: { street: '', city: '', state: '', zipCode: '', country: '' },
};

const word = fc.constantFrom('a', 'b');
const command: fc.Arbitrary<OrderCommand> = fc.oneof(
  fc.constant<OrderCommand>({ kind: 'place', order }),
  fc.constant<OrderCommand>({ kind: 'reserve' }),
  fc.record({ kind: fc.constant('turnBack' as const), reason: word }),
  fc.record({ kind: fc.constant('confirm' as const), paymentId: fc.option(word) }),
  fc.record({ kind: fc.constant('requestCancel' as const), reason: word }),
  fc.record({
    kind: fc.constant('beginUndoing' as const),
    to: fc.constantFrom('cancelled' as const, 'returned' as const),
    sagaId: word,
    reason: word,
  }),
  fc.record({ kind: fc.constant('ship' as const), trackingNumber: word }),
  fc.constant<OrderCommand>({ kind: 'deliver' }),
  fc.record({
    kind: fc.constant('cancel' as const),
    reason: word,
    failure: fc.option(fc.record({ reason: word, metadata: fc.constant({}) })),
    paymentId: fc.option(word),
  }),
  fc.record({ kind: fc.constant('return' as const), reason: word }),
);

const fold = (events: readonly OrderEvent[], from?: OrderLife): OrderLife | undefined =>
  events.reduce<OrderLife | undefined>((life, event) => evolve(life, event), from);

/** Commands one after the other; a refused one leaves nothing. */
function play(commands: readonly OrderCommand[]): OrderEvent[] {
  const events: OrderEvent[] = [];
  for (const one of commands) {
    try {
      events.push(...decide('o1', fold(events), one));
    } catch (error) {
      expect(isPlatformError(error, 'ORDER_STATE') || isPlatformError(error, 'ORDER_NOT_FOUND')).toBe(true);
    }
  }
  return events;
}

test('whatever is asked for, a status changes by the moves of the contract only, from placed on, and ends for ever', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const statuses: OrderStatus[] = [];
      let life: OrderLife | undefined;
      for (const event of play(commands)) {
        life = evolve(life, event);
        if (statuses.at(-1) !== life.status) statuses.push(life.status);
      }
      for (const [index, to] of statuses.entries()) {
        if (index === 0) expect(to).toBe('pending');
        else expect(canMove(statuses[index - 1]!, to)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('what is asked twice happens once: the second time nothing, or a refusal', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const asked = new Set(['requestCancel', 'turnBack']);
      const once = play(commands);
      const twice = play(commands.flatMap((one) => (asked.has(one.kind) ? [one] : [one, one])));
      expect(twice).toEqual(once);
    }),
    { numRuns: 500 },
  );
});

test('a saga that undoes a paid order is one, and while it does no person moves the order', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      let life: OrderLife | undefined;
      for (const event of play(commands)) {
        if (event.kind === 'undoingBegun') {
          expect(life?.closingSagaId).toBeNull();
          expect(isBeingPlaced(life!.status)).toBe(false);
        }
        if (event.kind === 'shipped' || event.kind === 'delivered') expect(life?.closingSagaId).toBeNull();
        life = evolve(life, event);
      }
    }),
    { numRuns: 500 },
  );
});

test('a snapshot at any place and the events behind it amount to the same as all events', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(40), (commands, cut) => {
      const events = play(commands);
      const snapshot = fold(events.slice(0, cut));
      const stored = snapshot === undefined ? undefined : (JSON.parse(JSON.stringify(snapshot)) as OrderLife);
      expect(fold(events.slice(cut), stored)).toEqual(fold(events));
    }),
    { numRuns: 500 },
  );
});
