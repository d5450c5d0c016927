import { expect, test } from 'vitest';
import { parseMigration } from './migration-files.ts';
import { checkApplied } from './run-migrations.ts';

test.each([
  ['compatible', '-- compatible\nSELECT 1;'],
  ['breaking', '-- breaking\nSELECT 1;'],
  ['compatible', '-- compatible\r\nSELECT 1;\r\n'],
  ['compatible', '-- compatible'],
])('the first line says %s', (kind, text) => {
  expect(parseMigration('orders', '0001-create-orders.sql', text)).toMatchObject({
    kind,
    set: 'orders',
    number: 1,
    name: 'orders/0001-create-orders',
  });
});

test.each([
  '',
  'SELECT 1;',
  '\n-- compatible\n',
  '--compatible\n',
  '-- online\n',
  '-- compatible with 3\n',
  ' -- breaking\n',
])('a first line %j is refused', (text) => {
  expect(() => parseMigration('orders', '0001-a.sql', text)).toThrow(/must have -- compatible or -- breaking/);
});

test.each(['1-a.sql', '0001.sql', '0001-A.sql', '0001_a.sql', '0001-a b.sql', '0001--a.sql', '0001-a-.sql'])(
  'a file named %s is refused',
  (file) => {
    expect(() => parseMigration('orders', file, '-- compatible\n')).toThrow(/must be named like/);
  },
);

test('line ends do not change the checksum, any other character does', () => {
  const checksum = (text: string): string => parseMigration('s', '0001-a.sql', text).checksum;
  expect(checksum('-- compatible\r\nSELECT 1;\r\n')).toBe(checksum('-- compatible\nSELECT 1;\n'));
  expect(checksum('-- compatible\nSELECT 1;')).not.toBe(checksum('-- compatible\nSELECT 1; '));
});

const first = parseMigration('s', '0001-a.sql', '-- compatible\n');
const row = { name: first.name, set_name: 's', number: 1, kind: first.kind, checksum: first.checksum };

test('a database that is ahead by compatible migrations is accepted, by a breaking one refused', () => {
  const next = { ...row, name: 's/0002-b', number: 2, kind: 'compatible' } as const;
  expect(() => checkApplied([first], [row, next])).not.toThrow();
  expect(() => checkApplied([first], [row, { ...next, kind: 'breaking' }])).toThrow(
    /breaking migration s\/0002-b, which this version does not know/,
  );
});

test('another checksum or another name under an applied number is refused', () => {
  expect(() => checkApplied([first], [{ ...row, checksum: 'other' }])).toThrow(
    /s\/0001-a was changed after it was applied/,
  );
  expect(() => checkApplied([first], [{ ...row, name: 's/0001-z' }])).toThrow(
    /s\/0001-z was applied, its file is now s\/0001-a/,
  );
});

test('migrations of another owner in the same database are not looked at', () => {
  expect(() => checkApplied([first], [{ ...row, set_name: 'other', checksum: 'x', kind: 'breaking' }])).not.toThrow();
});
