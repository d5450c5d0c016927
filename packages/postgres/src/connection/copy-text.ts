import pg from 'pg';

const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): unknown } };

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Writes rows as `COPY` reads them in its text format: a line each, tabs between, `\N` for null.
 *
 * Values are written as parameters of statements are; bytes as `bytea` in hex.
 */
export function copyText(rows: Iterable<readonly unknown[]>): Buffer {
  const lines: string[] = [];
  for (const row of rows) lines.push(`${row.map(field).join('\t')}\n`);
  return Buffer.from(lines.join(''));
}

function field(value: unknown): string {
  const prepared = utils.prepareValue(value);
  if (prepared === null) return '\\N';
  if (prepared instanceof Uint8Array) return `\\\\x${Buffer.from(prepared).toString('hex')}`;
  return (prepared as string).replace(/[\\\n\r\t]/g, (character) => escapes[character]!);
}
