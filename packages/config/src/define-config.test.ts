import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type ConfigOf, defineConfig, extendConfig } from './define-config.ts';
import { choice, integer, text } from './schemas.ts';

const shared = { description: 'A key', reloadable: false };

test('types follow the schemas, and a default has the type of its schema', () => {
  const definition = defineConfig({
    name: 'orders',
    keys: {
      'saga.step_timeout_ms': { ...shared, schema: integer({ min: 1 }), default: 5_000 },
      mode: { ...shared, schema: choice(['local', 'production']), default: 'local' },
      coerced: { ...shared, schema: z.coerce.number(), default: 3 },
      note: { ...shared, schema: z.string().optional() },
    },
  });

  expectTypeOf<ConfigOf<typeof definition>>().toEqualTypeOf<{
    readonly 'saga.step_timeout_ms': number;
    readonly mode: 'local' | 'production';
    readonly coerced: number;
    readonly note: string | undefined;
  }>();
  // @ts-expect-error the default of a text is a text
  expect(() => defineConfig({ name: 'a', keys: { b: { ...shared, schema: text(), default: 5 } } })).toThrow(
    /default of a\.b/,
  );
});

describe('refuses', () => {
  test.each([
    ['a section in capitals', 'Orders', {}, /config\.name must be lower-case words joined by -, got "Orders"/],
    ['a key in capitals', 'orders', { stepTimeout: text() }, /got "stepTimeout"/],
    ['a key with an empty part', 'orders', { 'a..b': text() }, /got "a\.\.b"/],
    ['two keys with one variable', 'orders', { 'a.b': text(), a_b: text() }, /different from a\.b in ORDERS_A_B/],
    [
      'a key above another',
      'orders',
      { 'a.b': text(), a: text() },
      /config key a must be a leaf, but a\.b lies below it/,
    ],
  ])('%s', (_, name, schemas, message) => {
    const keys = Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, { ...shared, schema }]));

    expect(() => defineConfig({ name, keys })).toThrow(message);
  });

  test('a default that breaks its own rule, without showing it when it is secret', () => {
    const define = (secret: boolean) => () =>
      defineConfig({ name: 'orders', keys: { pin: { ...shared, secret, schema: text().min(9), default: 'hunter2' } } });

    expect(define(false)).toThrow(/default of orders\.pin .*hunter2/);
    expect(define(true)).toThrow(/default of orders\.pin .*\*\*\*/);
    expect(define(true)).not.toThrow(/hunter2/);
  });
});

test('extendConfig adds keys of another definition under the first name and refuses one declared twice', () => {
  const own = defineConfig({ name: 'orders', keys: { a: { ...shared, schema: text() } } });
  const more = defineConfig({ name: 'database', keys: { 'database.url': { ...shared, schema: text() } } });

  const both = extendConfig(own, more);

  expect(both.name).toBe('orders');
  expect(Object.keys(both.keys)).toEqual(['a', 'database.url']);
  expect(() => extendConfig(own, own)).toThrow(/config key a must be declared once in orders/);
});
