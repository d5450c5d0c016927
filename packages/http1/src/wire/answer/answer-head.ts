import { STATUS_CODES } from 'node:http';
import { PlatformError } from '@mainstay/kernel';
import { http1Reasons } from '../../errors.ts';
import type { AnswerHead } from '../../http-server.ts';

const statusLines: (string | undefined)[] = [];
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;
const nameShape = /^[\w!#$%&'*+.^`|~-]+$/;
/** What a header had as its value the last time, and its whole line once the value came again. */
interface LastLine {
  value: string;
  line: string;
}

/** By name: most headers of most answers have the value that they had before. Bounded, because both may come from elsewhere. */
const lastLines = new Map<string, LastLine>();
const maxLastLines = 1_000;
const maxKeptLength = 512;
/** They frame the answer, and are the server's alone. */
const ownNames: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/**
 * Writes status line and headers, each line with its CRLF, without the empty line.
 *
 * @throws {@link PlatformError} `ANSWER_HEADER_INVALID` when one of them cannot stand there.
 */
export function renderHead({ status, fields }: AnswerHead): string {
  let text = statusLines[status] ?? statusLineOf(status);
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    const value = fields[at + 1] as string;
    const last = lastLines.get(name);
    if (last !== undefined && last.value === value) text += last.line === '' ? keepLine(last, name) : last.line;
    else text += newLine(name, value, last);
  }
  return text;
}

/** Whether answers of this status have no content whatever is given (RFC 9110 section 6.4.1). */
export function hasNoContent(status: number): boolean {
  return status === 204 || status === 304;
}

function statusLineOf(status: number): string {
  if (!Number.isInteger(status) || status < 200 || status > 999) {
    throw new PlatformError(http1Reasons.ANSWER_HEADER_INVALID, `${status} is no status of an answer`);
  }
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  statusLines[status] = line;
  return line;
}

/** The line of a header whose value is another than the last time. */
function newLine(name: string, value: string, last: LastLine | undefined): string {
  if (last === undefined) checkName(name);
  if (forbidden.test(value)) {
    throw new PlatformError(http1Reasons.ANSWER_HEADER_INVALID, `the value of ${name} has a forbidden character`);
  }
  if (value.length <= maxKeptLength) {
    if (last !== undefined) {
      last.value = value;
      last.line = '';
    } else if (lastLines.size < maxLastLines) {
      lastLines.set(name, { value, line: '' });
    }
  }
  return `${name}: ${value}\r\n`;
}

/** Makes the line that will come again, in one piece. */
function keepLine(last: LastLine, name: string): string {
  last.line = Buffer.from(`${name}: ${last.value}\r\n`, 'latin1').toString('latin1');
  return last.line;
}

function checkName(name: string): void {
  if (ownNames.has(name) || !nameShape.test(name)) {
    throw new PlatformError(
      http1Reasons.ANSWER_HEADER_INVALID,
      `${JSON.stringify(name)} cannot be a header of an answer`,
    );
  }
}
