import { hasNoContent } from './answer-head.ts';
import type { Outlet } from './outlet.ts';

/** Up to this size content is copied behind its head, so that both leave in one write. */
const copyLimitBytes = 65_536;

/** An answer without its content. */
export interface AnswerStart {
  /** Method of the request. */
  readonly method: string;
  readonly status: number;
  /** Status line and headers but for those of the tail. */
  readonly start: string;
  /** The last headers and the empty line. */
  readonly tail: string;
}

/** Whether the answer has no content whatever is given (RFC 9110 section 6.4.1). */
export function isBare({ method, status }: Pick<AnswerStart, 'method' | 'status'>): boolean {
  return method === 'HEAD' || hasNoContent(status);
}

/** Puts an answer whose content is known into an outlet; to a `HEAD` it is only measured. */
export function addWholeAnswer(outlet: Outlet, answer: AnswerStart, body: string | Uint8Array | undefined): void {
  const { start, tail } = answer;
  if (body === undefined || isBare(answer)) {
    outlet.addText(start + lengthLine(answer, body) + tail);
    return;
  }
  const byteLength = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const head = `${start}content-length: ${byteLength}\r\n${tail}`;
  if (typeof body === 'string' && byteLength === body.length) {
    outlet.addText(head + body);
  } else if (byteLength > copyLimitBytes) {
    outlet.addText(head);
    outlet.addBytes(typeof body === 'string' ? Buffer.from(body) : body);
  } else {
    const bytes = Buffer.allocUnsafe(head.length + byteLength);
    bytes.write(head, 'latin1');
    if (typeof body === 'string') bytes.write(body, head.length);
    else bytes.set(body, head.length);
    outlet.addBytes(bytes);
  }
}

/** Of an answer without content: a `HEAD` has the length that its `GET` would have, where it is known. */
function lengthLine({ method, status }: AnswerStart, body: string | Uint8Array | undefined): string {
  if (hasNoContent(status)) return '';
  if (body === undefined) return method === 'HEAD' ? '' : 'content-length: 0\r\n';
  return `content-length: ${Buffer.byteLength(body)}\r\n`;
}
