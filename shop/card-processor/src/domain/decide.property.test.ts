import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Books } from './books.ts';
import { decideCapture, decideRefund, decideVoid } from './decide.ts';
import type { LedgerEntry } from './ledger-entry.ts';

type Command = { readonly kind: 'capture' | 'void' | 'refund'; readonly wantedMinor: number | undefined };

const command = fc.record<Command>({
  kind: fc.constantFrom('capture', 'void', 'refund'),
  wantedMinor: fc.option(fc.integer({ min: 1, max: 1_200 }), { nil: undefined }),
});

function entry(kind: LedgerEntry['kind'], amountMinor: number, sequence: number): LedgerEntry {
  return {
    sequence,
    kind,
    authorization_id: 'auth_1',
    reference: 'order-1',
    amount_minor: amountMinor,
    currency: 'USD',
    at: '2026-01-01T00:00:00.000Z',
    answer: { key: `k-${sequence}`, fingerprint: '', status: 200, body: null },
  };
}

test('refunded never exceeds captured, captured never exceeds held, and the totals say the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.array(command, { maxLength: 12 }), (heldMinor, commands) => {
      const books = new Books();
      books.apply(entry('authorize', heldMinor, 1));
      for (const { kind, wantedMinor } of commands) {
        const current = books.authorization('auth_1');
        if (current === undefined) continue;
        const decide = { capture: decideCapture, void: decideVoid, refund: decideRefund }[kind];
        try {
          books.apply(entry(kind, decide(current, wantedMinor), books.nextSequence));
        } catch {
          // Refused: the books stay as they were, which the invariants below would show.
        }
      }
      const end = books.authorization('auth_1');
      const totals = books.totals().USD;

      expect(end?.captured_minor).toBeLessThanOrEqual(heldMinor);
      expect(end?.refunded_minor).toBeLessThanOrEqual(end?.captured_minor ?? 0);
      expect(totals?.net_minor).toBe((end?.captured_minor ?? 0) - (end?.refunded_minor ?? 0));
      if (end?.status === 'voided') expect(end.captured_minor).toBe(0);
      if (end?.status === 'refunded') expect(end.refunded_minor).toBe(end.captured_minor);
    }),
  );
});
