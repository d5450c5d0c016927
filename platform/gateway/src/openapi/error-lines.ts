import { type Code, codes, httpStatusOf } from '@mainstay/kernel';

/** An error that a method's comment announces. */
export interface AnnouncedError {
  readonly status: number;
  readonly reason: string;
}

const known: ReadonlySet<string> = new Set(codes);

/**
 * Reads the `Errors:` line of a method's comment.
 *
 * Form: ``NOT_FOUND `ORDER_NOT_FOUND`; FAILED_PRECONDITION `PAYMENT_DECLINED` (402) or `ORDER_STATE` ``: a code, then
 * its reasons, each with a status of its own in parentheses where it differs from the usual one of the code.
 */
export function parseErrorLines(comment: string): readonly AnnouncedError[] {
  const line = /^Errors:(?<text>[\s\S]*?)(?=^\w+:|$(?![\s\S]))/m.exec(comment)?.groups?.['text'] ?? '';
  const errors: AnnouncedError[] = [];
  let code: Code = 'invalid_argument';
  for (const [, word, reason, status] of line.matchAll(
    /\b([A-Z][A-Z_]{4,})\b(?!`)|`([A-Z][A-Z0-9_]+)`(?:\s*\((\d{3})\))?/g,
  )) {
    if (word !== undefined && known.has(word.toLowerCase())) code = word.toLowerCase() as Code;
    if (reason !== undefined)
      errors.push({ status: status === undefined ? httpStatusOf(code) : Number(status), reason });
  }
  return errors;
}
