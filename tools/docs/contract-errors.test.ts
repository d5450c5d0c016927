import comments from '@mainstay/contracts/comments.json' with { type: 'json' };
import { contractServices } from '@mainstay/contracts/services';
import { expect, test } from 'vitest';
import { collectReasonTables } from '../generate/reason-tables.ts';
import { promisedErrors } from './contract-errors.ts';

const commentOf = comments as Readonly<Record<string, string>>;

test('codes and reasons are read from a comment, and what stands beside them is not', () => {
  const comment = `Places an order \`NOT_THIS\`.
Errors: FAILED_PRECONDITION \`PAYMENT_DECLINED\` (402) or \`OUT_OF_STOCK\`, both with
\`order_id\`; INVALID_ARGUMENT \`KEY_REQUIRED\`.
Idempotency: keyed \`NOR_THIS\`.`;

  expect(promisedErrors(comment)).toEqual([
    { code: 'failed_precondition', reason: 'PAYMENT_DECLINED' },
    { code: 'failed_precondition', reason: 'OUT_OF_STOCK' },
    { code: 'invalid_argument', reason: 'KEY_REQUIRED' },
  ]);
  expect(promisedErrors('Errors: none of its own.')).toEqual([]);
});

test('every error that a contract promises is declared with that code', async () => {
  const tables = await collectReasonTables();
  const codeOf = new Map(tables.flatMap(({ reasons }) => reasons.map(({ name, code }) => [name, code])));
  const promises = contractServices.flatMap((service) =>
    service.methods.flatMap((method) => {
      const name = `${service.typeName}.${method.name}`;
      return promisedErrors(commentOf[name] ?? '').map((promise) => ({ name, ...promise }));
    }),
  );

  expect(promises.length).toBeGreaterThan(20);
  const broken = promises.filter(({ code, reason }) => codeOf.get(reason) !== code);
  expect(broken.map(({ name, code, reason }) => `${name}: ${reason} is ${codeOf.get(reason)}, not ${code}`)).toEqual(
    [],
  );
});
