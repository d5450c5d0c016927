export { deleteExpiredRecords } from './delete-expired-records.ts';
export { idempotencyReasons } from './errors.ts';
export { fingerprintMessage } from './fingerprint.ts';
export { isIdempotencyKey, requireIdempotencyKey } from './idempotency-key.ts';
export { type IdempotentCall, idempotentCall, type MethodOf } from './idempotent-call.ts';
export { idempotencyMigrations } from './migrations.ts';
export { type IdempotencyOptions, type IdempotentResult, withIdempotency } from './with-idempotency.ts';
