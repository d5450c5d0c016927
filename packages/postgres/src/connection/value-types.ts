import pg from 'pg';

const int8 = 20;
const date = 1082;
const int8Array = 1016;

type Parse = (text: string) => unknown;

const own: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  // A bigint column holds money and counters: exact, as the contracts' int64 fields are.
  [int8, BigInt],
  [
    int8Array,
    (text) =>
      text
        .slice(1, -1)
        .split(',')
        .filter(Boolean)
        .map((item) => (item === 'NULL' ? null : BigInt(item))),
  ],
  // A calendar day has no zone; a Date at local midnight would move it.
  [date, (text) => text],
]);

/** How values of columns become values of JavaScript: int8 → bigint, date → 'YYYY-MM-DD', the rest as the driver does. */
export const valueTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parse {
    const parse = format === 'binary' ? undefined : own.get(oid);
    return parse ?? (pg.types.getTypeParser(oid, format as 'text') as Parse);
  },
};
