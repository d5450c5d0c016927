import type { Style, Terminal } from '../output/terminal.ts';

const styles: Readonly<Record<string, Style>> = { debug: 'faint', info: 'good', warn: 'warning', error: 'bad' };

/** A line as it stands in a log. */
export interface LogLine {
  /** Name of the log. */
  readonly source: string;
  readonly raw: string;
  /** Its `time`; for plain text the time of the line before it, empty without one. */
  readonly time: string;
}

/** Reads the time of a line, for putting the lines of several logs in order. */
export function timeOf(raw: string): string | undefined {
  const { time } = parse(raw) ?? {};
  return typeof time === 'string' ? time : undefined;
}

/** A log line for a person: clock time, level, source, message, then the fields as `key=value`. */
export function formatLine({ source, raw }: LogLine, terminal: Terminal): string {
  const fields = parse(raw);
  if (fields === undefined) return `${' '.repeat(12)} ${'     '} ${source.padEnd(14)} ${raw}`;
  const { time, level, service: _, msg, ...rest } = fields;
  const clock = typeof time === 'string' ? time.slice(11, 23) : ''.padEnd(12);
  const word = typeof level === 'string' ? level : '';
  const shown = Object.entries(rest).map(([key, value]) => `${key}=${showValue(value)}`);
  return [
    terminal.paint('faint', clock),
    terminal.paint(styles[word] ?? 'faint', word.toUpperCase().padEnd(5)),
    terminal.paint('accent', source.padEnd(14)),
    typeof msg === 'string' ? msg : '',
    terminal.paint('faint', shown.join(' ')),
  ]
    .join(' ')
    .trimEnd();
}

function parse(raw: string): Record<string, unknown> | undefined {
  if (!raw.startsWith('{')) return undefined;
  try {
    return JSON.parse(raw) as Record<string, unknown>;
  } catch {
    // Half a line, or text that only looks like one: shown as it is.
    return undefined;
  }
}

function showValue(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@%+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
