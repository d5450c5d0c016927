import type { BulkImport, Database } from '@mainstay/postgres';

/** An import of lines such as `p1|5`. */
export type Parts = BulkImport;

/** The lines `p1|1` to `pN|N`. */
export const linesOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `p${at + 1}|${at + 1}`);

export function importOf(database: Database, own: Partial<Parts>): Parts {
  return {
    database,
    id: 'parts-1',
    digest: 'one',
    lines: [],
    columns: { sku: 'text', quantity: 'int' },
    parse(text, line) {
      const values = text.split('|');
      if (values.length === 2) return values;
      return { problems: [{ line, field: '', reason: 'line.shape', message: 'must be a sku, a bar and a quantity' }] };
    },
    async apply(tx) {
      await tx.query('INSERT INTO parts (sku, quantity) SELECT sku, quantity FROM import_batch ORDER BY line');
      return [];
    },
    ...own,
  };
}
