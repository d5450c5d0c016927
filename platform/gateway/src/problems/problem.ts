import type { Code, FieldViolation, PlatformError, Retry } from '@mainstay/kernel';
import { httpStatusOf, uuidv7 } from '@mainstay/kernel';
import { englishMessages, type LocalizedMessage, localize, type MessageCatalogue } from '@mainstay/rpc';

/** Media type of {@link Problem}. */
const problemMediaType = 'application/problem+json';

/**
 * An error as HTTP clients see it.
 *
 * Shape: the members below, and beside them one member per metadata entry of the error, for example `order_id`.
 *
 * @see RFC 9457
 */
export interface Problem {
  /** `/errors/<REASON>` where a page tells of it, else `urn:mainstay:error:<REASON>`; says the same as `reason`. */
  readonly type: string;
  /** The reason in words. */
  readonly title: string;
  readonly status: number;
  /** What happened this time. */
  readonly detail: string;
  /** Path of the request, without its query. */
  readonly instance: string;
  /** Stable key to branch on. */
  readonly reason: string;
  /** gRPC code, for example `not_found`. */
  readonly code: Code;
  readonly trace_id: string;
  /** Whether the same request may be sent again, now or after `Retry-After`. */
  readonly retryable: boolean;
  /** Never, now, or after a pause. */
  readonly retry: Retry;
  /** The pause, when there is one. */
  readonly retry_after_ms?: number;
  /** Whether the request was carried out. */
  readonly executed: 'no' | 'maybe' | 'yes';
  /** Fields to correct; empty unless the request breaks the contract. */
  readonly violations: readonly FieldViolation[];
  /** A sentence for the person who sees the error, when the request names a language. */
  readonly localized_message?: LocalizedMessage;
  readonly [metadata: string]: unknown;
}

/** Where and in which trace an error happened. */
export interface ProblemContext {
  /** Path of the request, still encoded. */
  readonly instance: string;
  readonly traceId: string;
  /** `Accept-Language` of the request. */
  readonly acceptLanguage?: string | undefined;
}

/** What all problems of a gateway have in common. */
export interface ProblemSettings {
  /** What errors say to people. */
  readonly messages: MessageCatalogue;
  /** Reasons that a page of the gateway tells of. */
  readonly documented: ReadonlySet<string>;
}

const plainSettings: ProblemSettings = { messages: englishMessages, documented: new Set() };

/** An error ready to send: status, headers that belong to it, and the document. */
export interface RenderedProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: Problem;
}

/** Members that metadata must not replace. */
const ownMembers = new Set(
  'type title status detail instance reason code trace_id retryable retry retry_after_ms executed violations error_id localized_message'.split(
    ' ',
  ),
);
const hiddenCodes: ReadonlySet<Code> = new Set(['internal', 'unknown', 'data_loss']);
const hiddenDetail =
  'The request could not be completed because of an internal error; quote error_id when you report it';

/**
 * Renders an error as a problem document.
 *
 * Errors that nobody foresaw show one generic sentence and an `error_id`, which is also in the log; all others show
 * what the service says. `Retry-After` is set whenever the error names a pause, and always on 429 and 503;
 * `WWW-Authenticate` on 401.
 */
export function renderProblem(
  error: PlatformError,
  context: ProblemContext,
  settings: ProblemSettings = plainSettings,
): RenderedProblem {
  const status = statusOf(error);
  const hidden = hiddenCodes.has(error.code);
  const { acceptLanguage } = context;
  const localized = acceptLanguage === undefined ? undefined : localize(error, acceptLanguage, settings.messages);
  const problem: Problem = {
    type: settings.documented.has(error.reason) ? `/errors/${error.reason}` : `urn:mainstay:error:${error.reason}`,
    title: titleOf(error.reason),
    status,
    detail: hidden ? hiddenDetail : error.rawMessage,
    instance: context.instance,
    reason: error.reason,
    code: error.code,
    trace_id: context.traceId,
    retryable: error.retry !== 'never',
    retry: error.retry,
    ...(error.retryAfterMs !== undefined && { retry_after_ms: error.retryAfterMs }),
    executed: error.executed,
    violations: error.violations,
    ...(localized !== undefined && { localized_message: localized }),
    ...(hidden ? { error_id: errorIdOf(error) } : {}),
    ...extraMembers(error.metadata),
  };
  return { status, headers: headersOf(error, status), problem };
}

function statusOf(error: PlatformError): number {
  const status = error.httpStatus;
  return status !== undefined && status >= 400 && status <= 599 ? status : httpStatusOf(error.code);
}

const errorIds = new WeakMap<PlatformError, string>();

/** The id that a service logged with an unforeseen error, or a new one, the same each time for one error. */
export function errorIdOf(error: PlatformError): string {
  const id = error.metadata['error_id'] ?? errorIds.get(error) ?? uuidv7();
  errorIds.set(error, id);
  return id;
}

function headersOf(error: PlatformError, status: number): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': problemMediaType };
  if (error.retryAfterMs !== undefined || status === 429 || status === 503) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000)));
  }
  if (status === 401) headers['www-authenticate'] = challengeOf(error.reason);
  return headers;
}

/** @see RFC 6750 section 3: no error code when the request had no credentials at all. */
function challengeOf(reason: string): string {
  if (reason === 'TOKEN_INVALID' || reason === 'TOKEN_EXPIRED') return 'Bearer realm="mainstay", error="invalid_token"';
  if (reason === 'API_KEY_INVALID') return 'ApiKey realm="mainstay"';
  return 'Bearer realm="mainstay"';
}

function titleOf(reason: string): string {
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function extraMembers(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name]) => !ownMembers.has(name) && /^[a-z]\w*$/.test(name)),
  );
}
