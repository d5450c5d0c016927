import { describe, expect, it } from 'vitest';
import { parseErrorLines } from './error-lines.ts';

describe('parseErrorLines', () => {
  it('reads codes, reasons and statuses up to the next label', () => {
    const comment = [
      'Places an order; see CREATED `NOT_A_REASON`.',
      'Errors: FAILED_PRECONDITION `PAYMENT_DECLINED` (402) or `INSUFFICIENT_INVENTORY` (409), both with `order_id`;',
      'NOT_FOUND `ORDER_NOT_FOUND`, `USER_NOT_FOUND`.',
      'Idempotency: keyed; FAILED_PRECONDITION `NOT_THIS`.',
    ].join('\n');

    expect(parseErrorLines(comment)).toEqual([
      { status: 402, reason: 'PAYMENT_DECLINED' },
      { status: 409, reason: 'INSUFFICIENT_INVENTORY' },
      { status: 404, reason: 'ORDER_NOT_FOUND' },
      { status: 404, reason: 'USER_NOT_FOUND' },
    ]);
  });

  it.each(['', 'Returns a thing.', 'Errors: none of its own.'])('finds none in %j', (comment) => {
    expect(parseErrorLines(comment)).toEqual([]);
  });
});
