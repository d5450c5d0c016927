import { expect, test } from 'vitest';
import { AuditLog } from './audit-log.ts';

function filled(count: number, limit: number): AuditLog {
  const log = new AuditLog(limit);
  for (let i = 1; i <= count; i++) {
    log.add({ atMs: i, service: i % 2 === 0 ? 'orders' : 'users', id: `${i}`, event: 'registered', reason: '' });
  }
  return log;
}

const ids = (records: readonly { id: string }[]): string[] => records.map((record) => record.id);

test('gives the newest first, as many as asked for', () => {
  expect(ids(filled(5, 100).newest(3))).toEqual(['5', '4', '3']);
  expect(ids(filled(2, 100).newest(3))).toEqual(['2', '1']);
});

test('gives those of one service', () => {
  expect(ids(filled(6, 100).newest(10, 'orders'))).toEqual(['6', '4', '2']);
});

test.each([10, 11, 19, 20, 21, 1_000])('after %i records with a limit of 10 exactly the last 10 are left', (count) => {
  const left = ids(filled(count, 10).newest(1_000));

  expect(left).toEqual(Array.from({ length: 10 }, (_, i) => `${count - i}`));
});
