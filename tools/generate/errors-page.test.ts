import { defineReasons } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { renderErrorsPage } from './errors-page.ts';
import { collectReasonTables, findReasonProblems } from './reason-tables.ts';

const reasons = Object.values(
  defineReasons({
    POOL_FULL: {
      code: 'resource_exhausted',
      executed: 'no',
      retry: 'after',
      summary: 'Full | busy',
      operator: 'Wait',
    },
    ORDER_STATE: {
      code: 'failed_precondition',
      executed: 'no',
      retry: 'never',
      httpStatus: 422,
      summary: 'Not now',
      operator: 'Nothing',
    },
  }),
);

test('a row shows the HTTP status that the edge gives and the pause before a retry', () => {
  const page = renderErrorsPage([{ folder: 'packages/x', reasons }]);

  expect(page).toContain('## packages/x');
  expect(page).toContain('| `POOL_FULL` | resource_exhausted | 429 | no | after 1,000 ms | Full \\| busy | Wait |');
  expect(page).toContain('| `ORDER_STATE` | failed_precondition | 422 | no | never | Not now | Nothing |');
});

test('a reason that two workspaces declare is refused', () => {
  const tables = [
    { folder: 'packages/x', reasons },
    { folder: 'shop/y', reasons: reasons.slice(0, 1) },
  ];

  expect(findReasonProblems(tables)).toEqual([
    'POOL_FULL is declared by packages/x and by shop/y; a reason belongs to one',
  ]);
});

test("the tree's tables are found, the kernel's five reasons among them", async () => {
  const tables = await collectReasonTables();
  const kernel = tables.find((table) => table.folder === 'packages/kernel');

  expect(kernel?.reasons.map((reason) => reason.name)).toEqual([
    'CANCELED',
    'DEADLINE_EXCEEDED',
    'INTERNAL',
    'OPTION_INVALID',
    'PAGE_TOKEN_INVALID',
    'REQUEST_INVALID',
  ]);
});
