import { isPlatformError } from '@mainstay/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, type PaymentCommand } from './decide.ts';
import { evolve, type PaymentEvent, type PaymentLife } from './payment-events.ts';

const amount = 100n;
const id = fc.constantFrom('r1', 'r2', 'r3');
const command: fc.Arbitrary<PaymentCommand> = fc.oneof(
  fc.constant<PaymentCommand>({
    kind: 'requested',
    paymentId: 'p1',
    userId: 'ada',
    currencyCode: 'USD',
    minorUnits: amount,
  }),
  fc.constant<PaymentCommand>({ kind: 'closed', paymentId: 'p2' }),
  fc.constant<PaymentCommand>({ kind: 'authorizationUnknown', minorUnits: amount }),
  fc.constant<PaymentCommand>({ kind: 'authorized', authorizationId: 'a1', minorUnits: amount }),
  fc.constant<PaymentCommand>({
    kind: 'declined',
    authorizationId: null,
    minorUnits: amount,
    declineCode: 'card_declined',
  }),
  fc.constant<PaymentCommand>({ kind: 'captured', authorizationId: 'a1', minorUnits: amount }),
  fc.record({
    kind: fc.constant('voided' as const),
    authorizationId: fc.option(fc.constant('a1')),
    givenUpMinorUnits: fc.option(fc.constant(amount)),
    recheckAt: fc.option(fc.constant(new Date(0))),
  }),
  fc.constant<PaymentCommand>({ kind: 'rechecked', authorizationId: null, givenUpMinorUnits: null }),
  fc.record({
    kind: fc.constant('refund' as const),
    refundId: id,
    name: id,
    minorUnits: fc.bigInt({ min: 0n, max: 120n }),
    reason: fc.constant(''),
  }),
  fc.record({ kind: fc.constant('refundDone' as const), refundId: id, processorReference: fc.constant('x') }),
  fc.record({ kind: fc.constant('refundRefused' as const), refundId: id, code: fc.constant('no') }),
);

const fold = (events: readonly PaymentEvent[], from?: PaymentLife): PaymentLife | undefined =>
  events.reduce<PaymentLife | undefined>((life, event) => evolve(life, event), from);

/** Commands one after the other; a refund that is refused leaves nothing. */
function play(commands: readonly PaymentCommand[]): PaymentEvent[] {
  const events: PaymentEvent[] = [];
  for (const one of commands) {
    try {
      // The service gives each refund an id of its own, and one name once.
      const asked = one.kind === 'refund' ? { ...one, refundId: one.name } : one;
      events.push(...decide('o1', fold(events), asked));
    } catch (error) {
      const reasons = ['PAYMENT_NOT_FOUND', 'PAYMENT_STATE', 'REFUND_TOO_LARGE'];
      expect(reasons.some((reason) => isPlatformError(error, reason))).toBe(true);
    }
  }
  return events;
}

test('whatever comes in whatever order, no more is given back than was charged, nor charged than was ordered', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      let life: PaymentLife | undefined;
      for (const event of play(commands)) {
        life = evolve(life, event);
        const pending = life.refunds.filter(({ status }) => status === 'pending');
        const held = pending.reduce((sum, { minorUnits }) => sum + minorUnits, 0n);
        expect(life.capturedMinorUnits).toBeLessThanOrEqual(life.minorUnits);
        expect(life.refundedMinorUnits + held).toBeLessThanOrEqual(life.capturedMinorUnits);
      }
    }),
    { numRuns: 500 },
  );
});

test('the answer of the processor that comes twice is recorded once, and one that comes after the end not at all', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const once = play(commands.filter(({ kind }) => kind !== 'authorizationUnknown'));
      for (const kind of ['authorized', 'declined', 'captured', 'voided', 'requested'] as const) {
        expect(once.filter((event) => event.kind === kind).length).toBeLessThanOrEqual(1);
      }
      const ends = once.filter(({ kind }) => kind === 'declined' || kind === 'captured' || kind === 'voided');
      expect(ends.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});

test('an order that was undone before it paid is never charged', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const life = fold(play([{ kind: 'closed', paymentId: 'p0' }, ...commands]));
      expect([life?.state, life?.capturedMinorUnits, life?.isClosed]).toEqual(['voided', 0n, true]);
    }),
    { numRuns: 300 },
  );
});

test('a snapshot at any place and the events behind it amount to the same as all events', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(40), (commands, cut) => {
      const events = play(commands);
      expect(fold(events.slice(cut), fold(events.slice(0, cut)))).toEqual(fold(events));
    }),
    { numRuns: 500 },
  );
});
