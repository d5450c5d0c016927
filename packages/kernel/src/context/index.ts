export {
  anonymousIdentity,
  type CallContext,
  type CallEffect,
  type GuardedTransaction,
  type Identity,
  type OpenTransaction,
  type TraceContext,
  type TransactionGuard,
  type WrittenPositions,
} from './call-context.ts';
export {
  currentContext,
  currentEffectId,
  runInContext,
  runInContextAlone,
  runnerIn,
  runOutsideOfCalls,
  withContext,
} from './current.ts';
export { deriveContext } from './derive-context.ts';
export { childTrace, formatTraceparent, newTrace, parseTraceparent } from './trace.ts';
