import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LoadConfigOptions } from './collect-values.ts';
import { defineConfig } from './define-config.ts';
import { loadConfig } from './load-config.ts';
import { choice, decimal, flag, integer, text, textList } from './schemas.ts';

const shared = { description: 'A key', reloadable: true };
const definition = defineConfig({
  name: 'orders',
  keys: {
    'saga.step_timeout_ms': { ...shared, schema: integer({ min: 1, max: 60_000 }), default: 5_000, unit: 'ms' },
    'saga.mode': { ...shared, schema: choice(['fast', 'safe']), default: 'safe' },
    'tax.ratio': { ...shared, schema: decimal({ min: 0 }), default: 0.08 },
    demo: { ...shared, schema: flag(), default: true },
    hosts: { ...shared, schema: textList(), default: ['a'] },
    limits: { ...shared, schema: z.record(z.string(), z.number()), default: {} },
    key: { ...shared, schema: text().min(8), default: 'not so secret', secret: true },
    note: { ...shared, schema: z.string().optional() },
  },
});

function load(options: Partial<LoadConfigOptions>) {
  return loadConfig(definition, { env: {}, ...options });
}

function problemsOf(options: Partial<LoadConfigOptions>): readonly string[] {
  return errorOf(options).violations.map(({ message }) => message);
}

function errorOf(options: Partial<LoadConfigOptions>): PlatformError {
  try {
    load(options);
  } catch (error) {
    if (isPlatformError(error, 'CONFIG_INVALID')) return error;
    throw error;
  }
  return expect.unreachable('no problem was found');
}

describe('order of sources', () => {
  test('default below file below environment', () => {
    const file = { orders: { saga: { step_timeout_ms: 1_000, mode: 'fast' } } };

    const values = load({ file, env: { ORDERS_SAGA_STEP_TIMEOUT_MS: '2000', PATH: '/bin', OTHER_KEY: 'x' } });

    expect(values['saga.step_timeout_ms']).toBe(2_000);
    expect(values['saga.mode']).toBe('fast');
    expect(values['tax.ratio']).toBe(0.08);
    expect(values.note).toBeUndefined();
  });

  test('a bad value of the file is no problem when the environment replaces it', () => {
    expect(load({ file: { orders: { demo: 'x' } }, env: { ORDERS_DEMO: 'false' } }).demo).toBe(false);
  });

  test('an empty variable counts as not set', () => {
    expect(load({ env: { ORDERS_SAGA_STEP_TIMEOUT_MS: '', ORDERS_TYPO: '' } })['saga.step_timeout_ms']).toBe(5_000);
  });
});

describe('reads', () => {
  test('nested and dotted names of the file alike, and a mapping as the value of one key', () => {
    const file = { orders: { 'saga.mode': 'fast', tax: { ratio: 0.1 }, limits: { a: 1, 'b.c': 2 } }, other: { x: 1 } };

    const values = load({ file });

    expect(values).toMatchObject({ 'saga.mode': 'fast', 'tax.ratio': 0.1, limits: { a: 1, 'b.c': 2 } });
  });

  test('an empty section and an empty group as nothing', () => {
    expect(load({ file: { orders: null } }).demo).toBe(true);
    expect(load({ file: { orders: { saga: null } } })['saga.mode']).toBe('safe');
  });

  test.each([
    ['DEMO', 'false', 'demo', false],
    ['TAX_RATIO', '0.25', 'tax.ratio', 0.25],
    ['HOSTS', 'a, b,c', 'hosts', ['a', 'b', 'c']],
    ['HOSTS', '["a","b"]', 'hosts', ['a', 'b']],
    ['HOSTS', '8', 'hosts', ['8']],
    ['LIMITS', '{"a":5}', 'limits', { a: 5 }],
    ['NOTE', '0123', 'note', '0123'],
    ['NOTE', 'true', 'note', 'true'],
    ['NOTE', 'a,b', 'note', 'a,b'],
    ['NOTE', '{"a":1}', 'note', '{"a":1}'],
  ] as const)('ORDERS_%s=%s as %s %j', (variable, value, key, expected) => {
    expect(load({ env: { [`ORDERS_${variable}`]: value } })[key]).toEqual(expected);
  });

  test('false through a schema that coerces, where JavaScript alone would read true', () => {
    const coercing = defineConfig({ name: 'a', keys: { b: { ...shared, schema: z.coerce.boolean() } } });

    expect(loadConfig(coercing, { env: { A_B: 'false' } }).b).toBe(false);
  });

  test('values that nobody can change afterwards', () => {
    const values = load({ file: { orders: { hosts: ['a'], limits: { a: 1 } } } });

    expect(() => (values.hosts as string[]).push('b')).toThrow(TypeError);
    expect(Object.isFrozen(values)).toBe(true);
    expect(Object.isFrozen(values.limits)).toBe(true);
  });
});

describe('problems', () => {
  test('all at once, each with key, rule, value and source', () => {
    const error = errorOf({
      file: { orders: { saga: { mode: 'slow', step_timeout: 5 }, tax: { ratio: 'x' } } },
      env: { ORDERS_SAGA_STEP_TIMEOUT_MS: '0', ORDERS_SAGA_MOD: 'fast', ORDERS_HOSTS: 'a,,b' },
    });

    expect(error.violations).toEqual([
      {
        field: 'saga.step_timeout',
        rule: 'unknown',
        message:
          'saga.step_timeout is not a known key in section orders of the given object, did you mean saga.step_timeout_ms?',
      },
      {
        field: 'ORDERS_SAGA_MOD',
        rule: 'unknown',
        message: 'ORDERS_SAGA_MOD is not a known environment variable, did you mean ORDERS_SAGA_MODE?',
      },
      {
        field: 'saga.step_timeout_ms',
        rule: 'too_small',
        message:
          'saga.step_timeout_ms: Too small: expected number to be >=1, got "0" (environment variable ORDERS_SAGA_STEP_TIMEOUT_MS)',
      },
      {
        field: 'saga.mode',
        rule: 'invalid_value',
        message:
          'saga.mode: Invalid option: expected one of "fast"|"safe", got "slow" (the given object, section orders)',
      },
      {
        field: 'tax.ratio',
        rule: 'invalid_type',
        message: expect.stringContaining('got "x" (the given object, section orders)'),
      },
      {
        field: 'hosts',
        rule: 'invalid_type',
        message: expect.stringContaining('got "a,,b" (environment variable ORDERS_HOSTS)'),
      },
    ]);
    expect(error.message).toMatch(
      /^\[invalid_argument\] configuration of orders has 6 problems: saga\.step_timeout is .*; /,
    );
    expect(error).toMatchObject({ executed: 'no', retry: 'never' });
  });

  test('a required key names both places where it can be set', () => {
    const required = defineConfig({ name: 'card-processor', keys: { 'ledger.path': { ...shared, schema: text() } } });

    expect(() => loadConfig(required, { env: {} })).toThrow(
      /ledger\.path is required: set CARD_PROCESSOR_LEDGER_PATH or card-processor\.ledger\.path in the file/,
    );
  });

  test.each([
    [{ orders: [1] }, 'orders must be a mapping, got a list'],
    [{ orders: 'x' }, 'orders must be a mapping, got string'],
    [{ orders: { saga: { mode: 'fast' }, 'saga.mode': 'safe' } }, 'saga.mode is given twice'],
    [{ orders: { saga: 5 } }, 'saga is not a known key'],
    [{ orders: { saga: { deep: { er: 1 } } } }, 'saga.deep is not a known key'],
    [{ orders: { limits: { a: 'x' } } }, 'limits.a: Invalid input: expected number'],
    [JSON.parse('{"orders":{"__proto__":{"a":1},"constructor":1}}'), '__proto__ is not a known key'],
  ])('%j: %s', (file, start) => {
    expect(problemsOf({ file })[0]).toContain(start);
  });

  test('JSON of the environment is judged as what it says, not as text', () => {
    expect(problemsOf({ env: { ORDERS_LIMITS: '{"a":"x"}' } })[0]).toContain(
      'limits.a: Invalid input: expected number',
    );
  });

  test('a name that is near nothing gets no suggestion', () => {
    expect(problemsOf({ env: { ORDERS_COMPLETELY_ELSE: 'x' } })).toEqual([
      'ORDERS_COMPLETELY_ELSE is not a known environment variable',
    ]);
  });

  test('a long value is cut and the password inside an address is masked', () => {
    expect(problemsOf({ env: { ORDERS_SAGA_MODE: 'x'.repeat(500) } })[0]).toMatch(/"x{79}… \(502 characters\)/);
    expect(problemsOf({ env: { ORDERS_SAGA_MODE: 'postgres://a:hunter2@b/' } })[0]).toContain('"postgres://***@b/"');
  });
});

describe('a secret', () => {
  const quoting = z
    .string()
    .refine((value) => value === 'right', { error: (issue) => `${String(issue.input)} is wrong` });
  const secrets = defineConfig({
    name: 'a',
    keys: {
      short: { ...shared, schema: text().min(20), secret: true },
      quoted: { ...shared, schema: quoting, secret: true },
      nested: { ...shared, schema: z.object({ b: z.number() }), secret: true },
    },
  });

  test('is in no part of the error, whether too short, quoted by its rule, or nested', () => {
    let caught: unknown;
    try {
      loadConfig(secrets, {
        file: { a: { nested: { b: 'hunter2' } } },
        env: { A_SHORT: 'hunter2', A_QUOTED: 'hunter2' },
      });
    } catch (error) {
      caught = error;
    }

    expect(isPlatformError(caught, 'CONFIG_INVALID')).toBe(true);
    const shown = `${JSON.stringify(caught)} ${String(caught)} ${(caught as Error).stack} ${String((caught as Error).cause)}`;
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain(
      'short: Too small: expected string to have >=20 characters, got *** (environment variable A_SHORT)',
    );
    expect(shown).toContain('quoted: breaks its rule, got ***');
    expect(shown).toContain('nested: breaks its rule, got ***');
  });
});

describe('variables of others', () => {
  test('what Kubernetes sets for a Service of the same name is no problem, not even when a key is called port', () => {
    const withPort = defineConfig({ name: 'orders', keys: { port: { ...shared, schema: integer(), default: 0 } } });
    const env = {
      ORDERS_SERVICE_HOST: '10.0.0.1',
      ORDERS_SERVICE_PORT: '80',
      ORDERS_SERVICE_PORT_GRPC: '80',
      ORDERS_PORT: 'tcp://10.0.0.1:80',
      ORDERS_PORT_80_TCP: 'tcp://10.0.0.1:80',
      ORDERS_PORT_80_TCP_ADDR: '10.0.0.1',
    };

    expect(loadConfig(withPort, { env }).port).toBe(0);
    expect(loadConfig(withPort, { env: { ORDERS_PORT: '8080' } }).port).toBe(8080);
  });

  test('those of a section with a longer name are left to it when it is known', () => {
    const card = defineConfig({ name: 'card', keys: {} });
    const env = { CARD_PROCESSOR_PORT: '1' };

    expect(() => loadConfig(card, { env })).toThrow(/CARD_PROCESSOR_PORT is not a known environment variable/);
    expect(loadConfig(card, { env, sections: ['card', 'card-processor'] })).toEqual({});
  });

  test('an unknown section of the file is a problem when the sections are known', () => {
    expect(problemsOf({ file: { ordrs: {} }, sections: ['orders', 'users'] })).toEqual([
      'ordrs is not a known section in the given object, did you mean orders?',
    ]);
  });
});
