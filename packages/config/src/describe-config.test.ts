import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineConfig } from './define-config.ts';
import { describeConfig } from './describe-config.ts';
import { address, choice, decimal, flag, integer, port, ratio, text, textList } from './schemas.ts';

const shared = { description: 'A key', reloadable: true };

test('lists every key with variable, type in words, default, unit and whether it is required', () => {
  const definition = defineConfig({
    name: 'card-processor',
    keys: {
      'delay.max_ms': { ...shared, schema: integer({ min: 0, max: 500 }), default: 50, unit: 'ms' },
      'api.key': { ...shared, schema: text(), default: 'hunter2', secret: true },
      path: { ...shared, schema: text() },
      note: { ...shared, schema: z.string().optional() },
    },
  });

  expect(describeConfig(definition)).toEqual([
    {
      section: 'card-processor',
      key: 'delay.max_ms',
      environment: 'CARD_PROCESSOR_DELAY_MAX_MS',
      type: 'integer, 0 to 500',
      default: '50',
      required: false,
      unit: 'ms',
      description: 'A key',
      reloadable: true,
      secret: false,
    },
    expect.objectContaining({ key: 'api.key', type: 'string', default: '***', secret: true, required: false }),
    expect.objectContaining({ key: 'path', default: undefined, required: true }),
    expect.objectContaining({ key: 'note', default: undefined, required: false }),
  ]);
});

test.each([
  ['integer', integer()],
  ['integer, at least 1', integer({ min: 1 })],
  ['integer, at most 9', integer({ max: 9 })],
  ['integer, 0 to 65535', port()],
  ['number, 0 to 1', ratio()],
  ['number, at least 0.5', decimal({ min: 0.5 })],
  ['boolean', flag()],
  ['string', text()],
  ['string', address(['http'])],
  ['one of a, b', choice(['a', 'b'])],
  ['list of string', textList()],
  ['any', z.any()],
  ['object', z.record(z.string(), z.number())],
])('%s', (expected, schema) => {
  const definition = defineConfig({ name: 'a', keys: { b: { ...shared, schema: schema as z.ZodType } } });

  expect(describeConfig(definition)[0]?.type).toBe(expected);
});
