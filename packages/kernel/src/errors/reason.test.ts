import { expect, test } from 'vitest';
import { codes } from './code.ts';
import { kernelReasons } from './kernel-reasons.ts';
import { defineReasons } from './reason.ts';

test('a reason knows its name and keeps its row', () => {
  const row = { code: 'aborted', executed: 'no', retry: 'now', summary: 'Lost a race', operator: 'Nothing' } as const;

  const reasons = defineReasons({ RACE_LOST: row });

  expect(reasons.RACE_LOST).toEqual({ ...row, name: 'RACE_LOST' });
});

test('tables and rows cannot be changed', () => {
  expect(Object.isFrozen(kernelReasons)).toBe(true);
  for (const reason of Object.values(kernelReasons)) expect(Object.isFrozen(reason)).toBe(true);
});

test("every row of the kernel is complete and its code is one of gRPC's", () => {
  for (const reason of Object.values(kernelReasons)) {
    expect(codes).toContain(reason.code);
    expect(reason.summary).not.toBe('');
    expect(reason.operator).not.toBe('');
  }
});
