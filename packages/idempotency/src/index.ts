export type { Answer, AnswerHeaders } from './answer.ts';
export { type KeyedCallOptions, keyedCall } from './client/keyed-call.ts';
export { type KeyedFetchOptions, keyedFetch } from './client/keyed-fetch.ts';
export { deleteExpiredRecords } from './delete-expired-records.ts';
export { idempotencyReasons } from './errors.ts';
export { fingerprintMessage } from './fingerprint.ts';
export { isIdempotencyKey, requireIdempotencyKey } from './idempotency-key.ts';
export {
  createKeyedEffects,
  type KeyedEffects,
  type KeyedEffectsOptions,
} from './keyed-effects.ts';
export type { KeyedRequest } from './keyed-request.ts';
export type { KeyedResult, KeyedWork } from './keyed-work.ts';
export { listUnfinishedCalls, type UnfinishedCall, type UnfinishedQuery } from './list-unfinished-calls.ts';
export type { KeyedOutcome } from './metrics.ts';
export { idempotencyMigrations } from './migrations.ts';
export { type CleanupOptions, startCleanup } from './start-cleanup.ts';
