import { isPlatformError, PlatformError } from '@mainstay/kernel';
import pg from 'pg';
import { expect, test } from 'vitest';
import { isUniqueViolation, sqlStateOf, toSqlError } from './sql-error.ts';

function serverError(code: string, fields: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  const error = new pg.DatabaseError('insert into users (mail) values (ada@shop.test)', 1, 'error');
  return Object.assign(error, {
    code,
    severity: 'ERROR',
    detail: 'Key (mail)=(ada@shop.test) already exists.',
    ...fields,
  });
}

const bySqlState: readonly (readonly [state: string, reason: string, code: string, executed: string, retry: string])[] =
  [
    ['08000', 'DATABASE_UNAVAILABLE', 'unavailable', 'maybe', 'after'],
    ['08001', 'DATABASE_UNAVAILABLE', 'unavailable', 'no', 'after'],
    ['08004', 'DATABASE_UNAVAILABLE', 'unavailable', 'no', 'after'],
    ['08006', 'DATABASE_UNAVAILABLE', 'unavailable', 'maybe', 'after'],
    ['21000', 'DATABASE_FAILED', 'internal', 'maybe', 'never'],
    ['22003', 'DATABASE_VALUE_INVALID', 'invalid_argument', 'no', 'never'],
    ['22021', 'DATABASE_VALUE_INVALID', 'invalid_argument', 'no', 'never'],
    ['22P02', 'DATABASE_VALUE_INVALID', 'invalid_argument', 'no', 'never'],
    ['23502', 'DATABASE_CONSTRAINT_VIOLATED', 'failed_precondition', 'no', 'never'],
    ['23503', 'DATABASE_CONSTRAINT_VIOLATED', 'failed_precondition', 'no', 'never'],
    ['23505', 'DATABASE_UNIQUE_VIOLATION', 'already_exists', 'no', 'never'],
    ['23514', 'DATABASE_CONSTRAINT_VIOLATED', 'failed_precondition', 'no', 'never'],
    ['23P01', 'DATABASE_CONSTRAINT_VIOLATED', 'failed_precondition', 'no', 'never'],
    ['25006', 'DATABASE_UNAVAILABLE', 'unavailable', 'no', 'after'],
    ['25P02', 'DATABASE_TRANSACTION_FAILED', 'internal', 'no', 'never'],
    ['25P03', 'DATABASE_STATEMENT_TIMEOUT', 'deadline_exceeded', 'no', 'after'],
    ['25P04', 'DATABASE_STATEMENT_TIMEOUT', 'deadline_exceeded', 'no', 'after'],
    ['28000', 'DATABASE_ACCESS_DENIED', 'internal', 'no', 'never'],
    ['28P01', 'DATABASE_ACCESS_DENIED', 'internal', 'no', 'never'],
    ['3D000', 'DATABASE_ACCESS_DENIED', 'internal', 'no', 'never'],
    ['40001', 'DATABASE_CONFLICT', 'aborted', 'no', 'now'],
    ['40003', 'DATABASE_UNAVAILABLE', 'unavailable', 'maybe', 'after'],
    ['40P01', 'DATABASE_CONFLICT', 'aborted', 'no', 'now'],
    ['42501', 'DATABASE_ACCESS_DENIED', 'internal', 'no', 'never'],
    ['42601', 'DATABASE_STATEMENT_INVALID', 'internal', 'no', 'never'],
    ['42P01', 'DATABASE_STATEMENT_INVALID', 'internal', 'no', 'never'],
    ['53100', 'DATABASE_DISK_FULL', 'unavailable', 'no', 'after'],
    ['53200', 'DATABASE_OVERLOADED', 'resource_exhausted', 'no', 'after'],
    ['53300', 'DATABASE_OVERLOADED', 'resource_exhausted', 'no', 'after'],
    ['55P03', 'DATABASE_CONFLICT', 'aborted', 'no', 'now'],
    ['57014', 'DATABASE_STATEMENT_TIMEOUT', 'deadline_exceeded', 'no', 'after'],
    ['57P01', 'DATABASE_UNAVAILABLE', 'unavailable', 'maybe', 'after'],
    ['57P02', 'DATABASE_UNAVAILABLE', 'unavailable', 'maybe', 'after'],
    ['57P03', 'DATABASE_UNAVAILABLE', 'unavailable', 'no', 'after'],
    ['58030', 'DATABASE_UNAVAILABLE', 'unavailable', 'maybe', 'after'],
    ['P0001', 'DATABASE_FAILED', 'internal', 'maybe', 'never'],
    ['XX000', 'DATABASE_FAILED', 'internal', 'maybe', 'never'],
    ['XX001', 'DATABASE_CORRUPT', 'data_loss', 'maybe', 'never'],
  ];

test.each(bySqlState)('SQLSTATE %s is %s', (state, reason, code, executed, retry) => {
  expect(toSqlError(serverError(state))).toMatchObject({ reason, code, executed, retry });
  expect(sqlStateOf(toSqlError(serverError(state)))).toBe(state);
});

const bySystem: readonly (readonly [what: string, error: Error, reason: string, executed: string])[] = [
  ['refused', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'DATABASE_UNAVAILABLE', 'no'],
  ['unknown host', Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'DATABASE_UNAVAILABLE', 'no'],
  [
    'refused on both families',
    new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]),
    'DATABASE_UNAVAILABLE',
    'no',
  ],
  ['reset', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'DATABASE_UNAVAILABLE', 'maybe'],
  ['broken pipe', Object.assign(new Error('x'), { code: 'EPIPE' }), 'DATABASE_UNAVAILABLE', 'maybe'],
  ['dropped', new Error('Connection terminated unexpectedly'), 'DATABASE_UNAVAILABLE', 'maybe'],
  ['full pool', new Error('timeout exceeded when trying to connect'), 'POOL_EXHAUSTED', 'no'],
  ['connecting too slow', new Error('Connection terminated due to connection timeout'), 'DATABASE_UNAVAILABLE', 'no'],
  ['closed pool', new Error('Cannot use a pool after calling end on the pool'), 'DATABASE_CLOSED', 'no'],
];

test.each(bySystem)('%s is told apart, without the code of the system', (_, error, reason, executed) => {
  expect(toSqlError(error)).toMatchObject({ reason, executed, rawMessage: expect.not.stringMatching(/E[A-Z]{4,}/) });
  expect(sqlStateOf(toSqlError(error))).toBeUndefined();
});

test('an error that does not come from the database stays what it is', () => {
  const own = new PlatformError({ ...reason, name: 'OWN' }, 'own');
  for (const error of [
    own,
    new TypeError('x'),
    'text',
    undefined,
    null,
    Object.assign(new Error('x'), { code: 'EPERM' }),
  ]) {
    expect(toSqlError(error)).toBe(error);
  }
});

const reason = { code: 'internal', executed: 'no', retry: 'never', summary: '', operator: '' } as const;

test('the message shows the SQLSTATE, and neither SQL nor values nor names', () => {
  const error = toSqlError(serverError('23505', { constraint: 'users_mail_key', table: 'users' })) as PlatformError;
  expect(error.message).toBe('[already_exists] a row with the same key exists already (23505)');
  expect(error.metadata).toEqual({});
});

test('the cause keeps the constraint for the log and loses the row values', () => {
  const { cause } = toSqlError(
    serverError('23505', { constraint: 'users_mail_key', where: 'ada@shop.test' }),
  ) as PlatformError;
  expect(cause).toMatchObject({ constraint: 'users_mail_key' });
  expect(cause).not.toHaveProperty('detail');
  expect(cause).not.toHaveProperty('where');
});

test('a unique violation is recognised by its constraint, also as the cause of another error', () => {
  const violation = toSqlError(serverError('23505', { constraint: 'users_mail_key' }));
  const wrapped = new PlatformError({ ...reason, name: 'OWN' }, 'own', { cause: violation });
  for (const error of [violation, wrapped]) {
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'users_mail_key')).toBe(true);
    expect(isUniqueViolation(error, 'users_name_key')).toBe(false);
  }
  expect(isUniqueViolation(toSqlError(serverError('23503', { constraint: 'users_mail_key' })))).toBe(false);
  expect(isUniqueViolation(undefined)).toBe(false);
});

test('what the caller knows about executed wins where the row leaves it open', () => {
  expect(toSqlError(serverError('08006'), { executed: 'no' })).toMatchObject({ executed: 'no' });
  expect(isPlatformError(toSqlError(serverError('40001'), { executed: 'maybe' }))).toBe(true);
  expect(toSqlError(serverError('40001'), { executed: 'maybe' })).toMatchObject({ executed: 'no' });
});
