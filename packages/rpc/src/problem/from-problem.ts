import {
  type Code,
  codes,
  type Executed,
  type FieldViolation,
  httpStatusOf,
  PlatformError,
  type Retry,
} from '@mainstay/kernel';
import { addExtras } from '../wire/error-extras.ts';
import { statusReason } from '../wire/standard-details.ts';

/** An HTTP answer that tells of an error. */
export interface ProblemAnswer {
  readonly status: number;
  /** Media type and body are read as they come; a body that is no problem document says nothing. */
  readonly body: string;
  /** Value of `Retry-After`, when there is one. */
  readonly retryAfter?: string | null | undefined;
}

/** Members of a problem document that are not facts of the error. */
const ownMembers: ReadonlySet<string> = new Set(
  'type title status detail instance code reason trace_id retryable retry retry_after_ms executed violations localized_message'.split(
    ' ',
  ),
);

/**
 * Reads an error back from an HTTP answer; total, never throws.
 *
 * A problem document of ours gives back the error that was sent. One of another implementation (RFC 9457) gives its
 * `detail` or `title`; what is missing, and everything of an answer that is no problem document, comes from the status.
 */
export function fromProblem({ status, body, retryAfter }: ProblemAnswer): PlatformError {
  const problem = parse(body);
  const code = oneOf(codes, problem['code']) ?? codeOfStatus(status);
  const bare = statusReason(code);
  const retry = oneOf(retries, problem['retry']) ?? retryOf(problem['retryable'], retryAfter) ?? bare.retry;
  const executed = oneOf(executions, problem['executed']) ?? bare.executed;
  const message = text(problem['detail']) ?? text(problem['title']) ?? `HTTP status ${status}`;
  const pauseMs = pauseOf(problem['retry_after_ms'], retryAfter);
  const read = new PlatformError({ ...bare, name: text(problem['reason']) ?? bare.name, executed, retry }, message, {
    retry,
    ...(retry === 'after' && pauseMs !== undefined && { retryAfterMs: pauseMs }),
    ...(status !== httpStatusOf(code) && { httpStatus: status }),
    metadata: factsOf(problem),
    violations: violationsOf(problem['violations'] ?? problem['errors'] ?? problem['invalid_params']),
  });
  const localized = problem['localized_message'] as Readonly<Record<string, unknown>> | null | undefined;
  const sentence = text(localized?.['message']);
  if (sentence !== undefined) {
    addExtras(read, { localized: { language: text(localized?.['language']) ?? 'en', message: sentence } });
  }
  return read;
}

/**
 * Reads the error of a `fetch` response that is not ok; reads its body.
 *
 * @example
 * if (!response.ok) throw await readProblem(response);
 */
export async function readProblem(response: Response): Promise<PlatformError> {
  // A connection that breaks in the middle of an error leaves the status.
  const body = await response.text().catch(() => '');
  return fromProblem({ status: response.status, body, retryAfter: response.headers.get('retry-after') });
}

const retries: readonly Retry[] = ['never', 'now', 'after'];
const executions: readonly Executed[] = ['no', 'maybe', 'yes'];

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    // Not JSON, for example a proxy's page: the status says all that is known.
    return {};
  }
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((known) => known === value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function retryOf(retryable: unknown, retryAfter: string | null | undefined): Retry | undefined {
  if (retryable === false) return 'never';
  if (retryAfter !== undefined && retryAfter !== null) return 'after';
  return retryable === true ? 'now' : undefined;
}

/** @see RFC 9110 section 10.2.3: seconds, or a date. */
function pauseOf(ms: unknown, retryAfter: string | null | undefined): number | undefined {
  if (typeof ms === 'number' && ms >= 0) return ms;
  if (retryAfter === undefined || retryAfter === null) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function factsOf(problem: Readonly<Record<string, unknown>>): Record<string, string> {
  const facts = Object.entries(problem).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return !ownMembers.has(name) && typeof value === 'string';
  });
  return Object.fromEntries(facts);
}

function violationsOf(list: unknown): FieldViolation[] {
  if (!Array.isArray(list)) return [];
  return list
    .filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null)
    .map((entry) => ({
      field: text(entry['field']) ?? text(entry['name']) ?? '',
      rule: text(entry['rule']) ?? text(entry['code']) ?? '',
      message: text(entry['message']) ?? text(entry['reason']) ?? '',
    }));
}

function codeOfStatus(status: number): Code {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'permission_denied';
    case 404:
    case 410:
      return 'not_found';
    case 408:
    case 504:
      return 'deadline_exceeded';
    case 409:
    case 412:
    case 422:
    case 428:
      return 'failed_precondition';
    case 413:
    case 429:
      return 'resource_exhausted';
    case 499:
      return 'canceled';
    case 405:
    case 501:
      return 'unimplemented';
    case 500:
      return 'internal';
    case 502:
    case 503:
      return 'unavailable';
    default:
      return status >= 400 && status < 500 ? 'invalid_argument' : 'unknown';
  }
}
