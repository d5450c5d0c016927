import { expect, test } from 'vitest';
import type { z } from 'zod';
import { address, decimal, integer, port, ratio, text, textList } from './schemas.ts';

const postgres = address(['postgres', 'postgresql']);

test.each<[string, z.ZodType, unknown, boolean]>([
  ['integer', integer(), 5, true],
  ['integer', integer(), 5.5, false],
  ['integer', integer(), 2 ** 53, false],
  ['integer', integer(), '5', false],
  ['decimal', decimal({ max: 1 }), 1, true],
  ['decimal', decimal({ max: 1 }), 1.1, false],
  ['decimal', decimal(), Number.POSITIVE_INFINITY, false],
  ['ratio', ratio(), 1, true],
  ['ratio', ratio(), -0.1, false],
  ['text', text(), '', false],
  ['port', port(), 0, true],
  ['port', port(), 65_536, false],
  ['list', textList(), [], true],
  ['list', textList(), [''], false],
  ['address', postgres, 'postgres://a@b/c', true],
  ['address', postgres, 'http://a', false],
  ['address', postgres, 'postgres', false],
])('%s $# accepts %j: %s', (_, schema, value, accepted) => {
  expect(schema.safeParse(value).success).toBe(accepted);
});
