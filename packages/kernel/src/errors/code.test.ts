import { expect, test } from 'vitest';
import { type Code, codeFromNumber, codeNumber, codes, httpStatusOf } from './code.ts';

// Numbers and names of the gRPC specification, statuses of google.rpc.Code.
const table: readonly [Code, number, number][] = [
  ['canceled', 1, 499],
  ['unknown', 2, 500],
  ['invalid_argument', 3, 400],
  ['deadline_exceeded', 4, 504],
  ['not_found', 5, 404],
  ['already_exists', 6, 409],
  ['permission_denied', 7, 403],
  ['resource_exhausted', 8, 429],
  ['failed_precondition', 9, 409],
  ['aborted', 10, 409],
  ['out_of_range', 11, 400],
  ['unimplemented', 12, 501],
  ['internal', 13, 500],
  ['unavailable', 14, 503],
  ['data_loss', 15, 500],
  ['unauthenticated', 16, 401],
];

test.each(table)('%s is number %i on the wire and status %i at the edge', (code, number, status) => {
  expect(codeNumber(code)).toBe(number);
  expect(codeFromNumber(number)).toBe(code);
  expect(httpStatusOf(code)).toBe(status);
});

test('the table above has all sixteen codes', () => {
  expect(table.map(([code]) => code)).toEqual(codes);
});

test.each([0, 17, -1, 1.5, Number.NaN])('number %s from the wire is read as unknown', (number) => {
  expect(codeFromNumber(number)).toBe('unknown');
});
