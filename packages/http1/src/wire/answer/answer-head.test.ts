import { expect, test } from 'vitest';
import { renderHead } from './answer-head.ts';

const render = (...fields: string[]): string => renderHead({ status: 200, fields });

test('a header has the value of its own answer, whatever it had the three times before', () => {
  const values = ['a', 'a', 'a', 'b', 'a', '', '', 'c'.repeat(600), 'c'.repeat(600), '\xe4'];

  for (const value of values) expect(render('x-own', value)).toBe(`HTTP/1.1 200 OK\r\nx-own: ${value}\r\n`);
});

test.each([
  ['x-value', 'a\r\nb'],
  ['x-value', 'a\0'],
  ['x-value', '\u20ac'],
  ['x value', 'a'],
  ['x\r\ny', 'a'],
  ['', 'a'],
  ['content-length', '1'],
  ['transfer-encoding', 'chunked'],
  ['connection', 'close'],
])('%j: %j is refused each time, also when the header was good before', (name, value) => {
  for (let time = 0; time < 3; time++) {
    expect(() => render(name, value)).toThrow(expect.objectContaining({ reason: 'ANSWER_HEADER_INVALID' }));
  }
  expect(render('x-value', 'good')).toContain('x-value: good\r\n');
  expect(() => render(name, value)).toThrow(expect.objectContaining({ reason: 'ANSWER_HEADER_INVALID' }));
});

test.each([[100], [199], [1_000], [200.5], [Number.NaN]])('%d is no status of an answer', (status) => {
  expect(() => renderHead({ status, fields: [] })).toThrow(
    expect.objectContaining({ reason: 'ANSWER_HEADER_INVALID' }),
  );
});
