import { expect, test } from 'vitest';
import { compareConfig } from './compare-config.ts';
import { defineConfig } from './define-config.ts';
import { loadConfig } from './load-config.ts';
import { integer, textList } from './schemas.ts';

const definition = defineConfig({
  name: 'lab',
  keys: {
    port: { schema: integer(), default: 1, description: 'a port', reloadable: false },
    limit: { schema: integer(), default: 1, description: 'a limit', reloadable: true },
    names: { schema: textList(), default: ['a'], description: 'names', reloadable: true },
  },
});
const read = (env: Record<string, string>) => loadConfig(definition, { env });

test('another value of 1 reloadable key and of 1 other: only the first is taken over, the other is named', () => {
  const change = compareConfig(definition, read({}), read({ LAB_PORT: '2', LAB_LIMIT: '3' }));

  expect(change).toEqual({
    reloadable: ['limit'],
    needsRestart: ['port'],
    values: { port: 1, limit: 3, names: ['a'] },
  });
});

test('equal lists are no change', () => {
  expect(compareConfig(definition, read({}), read({ LAB_NAMES: 'a' }))).toMatchObject({
    reloadable: [],
    needsRestart: [],
  });
});
