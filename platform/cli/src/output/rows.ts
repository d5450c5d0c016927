import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { systemClock } from '@mainstay/kernel';
import { layOutTable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { showDuration } from './units.ts';

/** Prints rows below their head, or a sentence when there are none. */
export function printRows(
  terminal: Terminal,
  rows: readonly (readonly string[])[],
  {
    head,
    none,
    styles = {},
  }: { readonly head: readonly string[]; readonly none: string; readonly styles?: CellStyles },
): void {
  if (rows.length === 0) {
    terminal.line(none);
    return;
  }
  const paint = (cell: string, column: string, row: number): string => {
    const style = row === 0 ? 'faint' : styles[column]?.(cell.trim());
    return style === undefined ? cell : terminal.paint(style, cell);
  };
  for (const line of layOutTable([head, ...rows], ['AGE', 'ATTEMPTS', 'POSITION'], paint)) terminal.line(line);
}

/** How the cells of columns are coloured, by their head. */
export type CellStyles = Readonly<Record<string, (cell: string) => Style | undefined>>;

/** How long ago, for people; a dash for never. */
export function showAge(at: Timestamp | undefined): string {
  return at === undefined ? '-' : showDuration(Math.max(0, systemClock.nowMs() - timestampMs(at)));
}

/** An instant in UTC to the millisecond; a dash for none. */
export function showTime(at: Timestamp | undefined): string {
  return at === undefined ? '-' : new Date(timestampMs(at)).toISOString().replace('T', ' ');
}

/** A word, or a dash for none. */
export function orDash(text: string): string {
  return text === '' ? '-' : text;
}

/** Cuts a sentence for a table; the whole one stands in `show` and in JSON. */
export function shorten(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
