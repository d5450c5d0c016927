import { type Code, httpStatusOf, PlatformError } from '@mainstay/kernel';

/** Header fields of an answer: names in lower case and values. */
export type AnswerHeaders = readonly (readonly [name: string, value: string])[];

/** The answer that every repetition of a call gets: an encoded message, which may be empty, or an error. */
export type Answer =
  | { readonly kind: 'response'; readonly response: Uint8Array; readonly headers: AnswerHeaders }
  | { readonly kind: 'error'; readonly error: PlatformError; readonly headers: AnswerHeaders };

/** An answer as its columns hold it. */
export interface AnswerColumns {
  readonly response: Uint8Array | null;
  readonly error: unknown;
  readonly headers: unknown;
}

/** What is kept of an error; the cause stays behind. */
interface StoredError {
  readonly code: Code;
  readonly reason: string;
  readonly message: string;
  readonly executed: PlatformError['executed'];
  readonly http_status: number | null;
  readonly metadata: PlatformError['metadata'];
  readonly violations: PlatformError['violations'];
}

/**
 * Is an error the answer of a call, rather than a failure to have one?
 *
 * It is when its status is one of the 400s and it says that trying again is of no use: what the caller did was refused. A 500 is not, nor is what
 * passes by itself (a conflict, a limit), nor that the caller went away.
 */
export function isAnswer(
  error: PlatformError,
  { keepsRefusals = true }: { readonly keepsRefusals?: boolean },
): boolean {
  if (!keepsRefusals) return false;
  const status = error.httpStatus ?? httpStatusOf(error.code);
  return status >= 400 && status < 500 && error.retry === 'never' && error.code !== 'canceled';
}

/** Writes an answer into its columns. */
export function toColumns(answer: Answer): AnswerColumns {
  const headers = answer.headers.length === 0 ? null : JSON.stringify(answer.headers);
  if (answer.kind === 'response') return { response: answer.response, error: null, headers };
  const { code, reason, rawMessage, executed, httpStatus, metadata, violations } = answer.error;
  const stored: StoredError = {
    code,
    reason,
    message: rawMessage,
    executed,
    http_status: httpStatus ?? null,
    metadata,
    violations,
  };
  return { response: null, error: JSON.stringify(stored), headers };
}

/** Reads an answer from its columns. */
export function fromColumns({ response, error, headers }: AnswerColumns): Answer {
  const fields = (headers ?? []) as AnswerHeaders;
  if (response !== null) return { kind: 'response', response: new Uint8Array(response), headers: fields };
  const stored = error as StoredError;
  const { code, executed, reason: name } = stored;
  const reason = { code, executed, retry: 'never', name, summary: '', operator: '' } as const;
  return {
    kind: 'error',
    error: new PlatformError(reason, stored.message, {
      ...(stored.http_status !== null && { httpStatus: stored.http_status }),
      metadata: stored.metadata,
      violations: stored.violations,
    }),
    headers: fields,
  };
}
