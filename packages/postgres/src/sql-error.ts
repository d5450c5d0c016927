import { isPlatformError, PlatformError, type PlatformErrorOptions, type Reason } from '@mainstay/kernel';
import { postgresReasons as reasons } from './errors.ts';

interface Row {
  readonly reason: Reason;
  readonly message: string;
  readonly executed?: 'no' | 'maybe';
}

const unavailable: Row = { reason: reasons.DATABASE_UNAVAILABLE, message: 'the database is not available' };
const unavailableUnexecuted: Row = { ...unavailable, executed: 'no' };
const denied: Row = { reason: reasons.DATABASE_ACCESS_DENIED, message: 'the database refused access' };
const overloaded: Row = { reason: reasons.DATABASE_OVERLOADED, message: 'the database is out of resources' };
const conflict: Row = { reason: reasons.DATABASE_CONFLICT, message: 'the transaction met another one' };
const slow: Row = { reason: reasons.DATABASE_STATEMENT_TIMEOUT, message: 'the database took longer than its limit' };
const constraint: Row = {
  reason: reasons.DATABASE_CONSTRAINT_VIOLATED,
  message: 'the data break a rule of the schema',
};
const failed: Row = { reason: reasons.DATABASE_FAILED, message: 'the database answered with an error' };

/**
 * What each SQLSTATE means to a caller: five characters for one state, two for a whole class; the longer key wins.
 *
 * @see PostgreSQL manual, appendix A - codes missing here become `DATABASE_FAILED`.
 */
const sqlStates: Readonly<Record<string, Row>> = {
  '08': unavailable,
  '08001': unavailableUnexecuted,
  '08004': unavailableUnexecuted,
  '22': { reason: reasons.DATABASE_VALUE_INVALID, message: 'a value cannot be stored' },
  '23': constraint,
  '23505': { reason: reasons.DATABASE_UNIQUE_VIOLATION, message: 'a row with the same key exists already' },
  '25006': { ...unavailableUnexecuted, message: 'the database is read-only at the moment' },
  '25P02': {
    reason: reasons.DATABASE_TRANSACTION_FAILED,
    message: 'the transaction went on after one of its statements had failed',
  },
  '25P03': slow,
  '25P04': slow,
  '28': denied,
  '3D000': denied,
  '40': conflict,
  '40003': unavailable,
  '42': { reason: reasons.DATABASE_STATEMENT_INVALID, message: 'the database refused a statement as wrong' },
  '42501': denied,
  '53': overloaded,
  '53100': { reason: reasons.DATABASE_DISK_FULL, message: 'the disk of the database is full' },
  '55P03': conflict,
  '57': unavailable,
  '57014': slow,
  '57P03': unavailableUnexecuted,
  '58': unavailable,
  XX001: { reason: reasons.DATABASE_CORRUPT, message: 'the database reports damaged data' },
  XX002: { reason: reasons.DATABASE_CORRUPT, message: 'the database reports a damaged index' },
};

const exhausted: Row = { reason: reasons.POOL_EXHAUSTED, message: 'no database connection became free in time' };
const closed: Row = { reason: reasons.DATABASE_CLOSED, message: 'the database pool is closed' };

/** Errors of the driver and its pool that carry no code; matched on the whole message, a test guards against new wordings. */
const driverMessages: Readonly<Record<string, Row>> = {
  'timeout exceeded when trying to connect': exhausted,
  'Connection terminated due to connection timeout': unavailableUnexecuted,
  'timeout expired': unavailableUnexecuted,
  'Connection terminated': unavailable,
  'Connection terminated unexpectedly': unavailable,
  'Client has encountered a connection error and is not queryable': unavailableUnexecuted,
  'Client was closed and is not queryable': unavailableUnexecuted,
  'Cannot use a pool after calling end on the pool': closed,
};

const refusedBeforeConnecting = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
const cutOff = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED']);

function rowOf(error: object): Row | undefined {
  if (isServerError(error)) return sqlStates[error.code] ?? sqlStates[error.code.slice(0, 2)] ?? failed;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (refusedBeforeConnecting.has(String(code))) return unavailableUnexecuted;
  if (cutOff.has(String(code))) return unavailable;
  return driverMessages[String(message)];
}

interface ServerError {
  readonly code: string;
  readonly constraint?: string;
  readonly column?: string;
}

/** The server's errors have a severity; the system's, some of whose codes have five characters too, have none. */
function isServerError(error: object): error is ServerError {
  return 'severity' in error && 'code' in error && typeof error.code === 'string';
}

/**
 * Turns an error of the driver into a {@link PlatformError}; anything it does not know is returned as it came.
 *
 * The message names no SQL, value, table or constraint; those stay in the cause, for the log. `DETAIL` and
 * `CONTEXT` of the server are removed from the cause too, because they quote row values.
 *
 * @param options - what the caller knows better, for example `executed: 'no'` inside a transaction.
 */
export function toSqlError(error: unknown, options: Pick<PlatformErrorOptions, 'executed'> = {}): unknown {
  if (isPlatformError(error) || typeof error !== 'object' || error === null) return error;
  const row = error instanceof AggregateError ? rowOf(error.errors[0] ?? error) : rowOf(error);
  if (row === undefined) return error;
  for (const quoted of ['detail', 'where', 'internalQuery']) {
    if (quoted in error) Reflect.deleteProperty(error, quoted);
  }
  // A code of the system (ECONNREFUSED) tells of the inside and stays in the cause; SQLSTATE is the database's public word.
  const state = isServerError(error) ? ` (${error.code})` : '';
  const executed = row.reason.executed === 'maybe' ? (row.executed ?? options.executed) : row.executed;
  return new PlatformError(row.reason, `${row.message}${state}`, {
    cause: error,
    ...(executed === undefined ? {} : { executed }),
  });
}

/** SQLSTATE of an error or of anything in its chain of causes; undefined when PostgreSQL never answered. */
export function sqlStateOf(error: unknown): string | undefined {
  return databaseErrorOf(error)?.code;
}

/**
 * Tells whether a statement failed on a unique key, and on this constraint when one is named.
 *
 * @param constraint - name of the constraint or unique index; absent means any.
 * @example
 * if (isUniqueViolation(error, 'users_email_key')) throw new PlatformError(reasons.EMAIL_TAKEN, 'the mail address is taken');
 */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const found = databaseErrorOf(error);
  return found?.code === '23505' && (constraint === undefined || found.constraint === constraint);
}

/**
 * Tells whether a statement failed on a constraint of any kind, and on this one when it is named.
 *
 * @param constraint - name of the constraint; absent means any.
 */
export function isConstraintViolation(error: unknown, constraint?: string): boolean {
  const found = databaseErrorOf(error);
  return found?.code.startsWith('23') === true && (constraint === undefined || found.constraint === constraint);
}

const refusedData = new Set<string>([
  reasons.DATABASE_UNIQUE_VIOLATION.name,
  reasons.DATABASE_CONSTRAINT_VIOLATED.name,
  reasons.DATABASE_VALUE_INVALID.name,
]);

/** Tells whether a statement failed on what the rows hold. */
export function isRefusedData(error: unknown): boolean {
  return isPlatformError(error) && refusedData.has(error.reason);
}

/** The constraint, or else the column, that an error names. */
export function constraintOf(error: unknown): string | undefined {
  const found = databaseErrorOf(error);
  return found?.constraint ?? found?.column;
}

const noAnswerText = 'the database gave no answer within its limit';

/** The error of a statement whose answer is no longer waited for. */
export function noAnswer(): PlatformError {
  return new PlatformError(reasons.DATABASE_STATEMENT_TIMEOUT, noAnswerText, { executed: 'maybe' });
}

/** Tells whether the server refused a statement because it writes. */
export function isWriteRefusal(error: unknown): boolean {
  return sqlStateOf(error) === '25006';
}

/** The error of a write where only reads belong. */
export function writeRefused(cause: unknown): PlatformError {
  return new PlatformError(reasons.DATABASE_WRITE_REFUSED, 'a read-only transaction, or a read, tried to write', {
    cause,
  });
}

/** True when the connection that raised this error cannot be used again. */
export function isConnectionLost(error: unknown): boolean {
  if (isPlatformError(error, reasons.DATABASE_UNAVAILABLE)) return true;
  return isPlatformError(error, reasons.DATABASE_STATEMENT_TIMEOUT) && error.rawMessage === noAnswerText;
}

function databaseErrorOf(error: unknown): ServerError | undefined {
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    if (isServerError(at)) return at;
  }
  return undefined;
}
