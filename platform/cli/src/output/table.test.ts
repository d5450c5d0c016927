import { expect, test } from 'vitest';
import { layOutTable } from './table.ts';

test('columns are as wide as their widest cell, two spaces apart, and colours do not count', () => {
  const rows = [
    ['NAME', 'MEMORY', 'HEALTH'],
    ['orders', '9 MB', 'ready'],
    ['card-processor', '112 MB', 'stopped'],
  ];
  const paint = (cell: string, column: string, row: number) => (row > 0 && column === 'HEALTH' ? `<${cell}>` : cell);

  expect(layOutTable(rows, ['MEMORY'], paint)).toEqual([
    'NAME            MEMORY  HEALTH',
    'orders            9 MB  <ready  >',
    'card-processor  112 MB  <stopped>',
  ]);
});
