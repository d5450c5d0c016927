/**
 * Lays out rows in columns, two spaces apart, the first row as the head.
 *
 * Shape: every row has as many cells as the head; columns named in `rightAligned` by their head are right-aligned.
 *
 * @param paint - colours a whole padded cell, so that colour codes do not disturb the widths.
 */
export function layOutTable(
  rows: readonly (readonly string[])[],
  rightAligned: readonly string[],
  paint: (cell: string, column: string, row: number) => string = (cell) => cell,
): string[] {
  const [head = []] = rows;
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row, number) => {
    const cells = row.map((cell, i) => {
      const [column, width] = [head[i] ?? '', widths[i] ?? 0];
      const padded = rightAligned.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      return paint(padded, column, number);
    });
    return cells.join('  ').trimEnd();
  });
}
