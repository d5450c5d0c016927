import { readFileSync } from 'node:fs';
import { databaseConfig, hostConfig } from '@mainstay/service';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the tables of the README name exactly the keys of the configuration', () => {
  const [, tables = ''] = readme.split('## Configuration');
  const rows = tables.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]));

  const declared = [...Object.keys(hostConfig.keys), ...Object.keys(databaseConfig.keys)];
  expect(listed.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(
    declared.toSorted((a, b) => a.localeCompare(b)),
  );
});
