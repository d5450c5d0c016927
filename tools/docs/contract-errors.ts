/** A reason that the comment of a method promises. */
export interface PromisedError {
  /** gRPC code as the kernel writes it, for example `not_found`. */
  readonly code: string;
  readonly reason: string;
}

/**
 * Reads the `Errors:` part of a method's comment: a code in capitals, then its reasons in backticks, several of each.
 *
 * @example
 * promisedErrors('Errors: NOT_FOUND `ORDER_NOT_FOUND`; ALREADY_EXISTS `EMAIL_TAKEN`.');
 * // [{ code: 'not_found', reason: 'ORDER_NOT_FOUND' }, { code: 'already_exists', reason: 'EMAIL_TAKEN' }]
 */
export function promisedErrors(comment: string): PromisedError[] {
  const part = /^Errors:([\s\S]*?)(?=^Idempotency:|$(?![\s\S]))/m.exec(comment)?.[1] ?? '';
  const promised: PromisedError[] = [];
  let code = '';
  for (const [, word, reason] of part.matchAll(/(?<![`\w])([A-Z][A-Z_]{4,})(?![`\w])|`([A-Z][A-Z0-9_]+)`/g)) {
    if (word !== undefined) code = word.toLowerCase();
    else if (reason !== undefined) promised.push({ code, reason });
  }
  return promised;
}
