export {
  anonymousIdentity,
  type CallContext,
  type Identity,
  type OpenTransaction,
  type TraceContext,
} from './call-context.ts';
export { currentContext, runInContext, runnerIn, withContext } from './current.ts';
export { deriveContext } from './derive-context.ts';
export { childTrace, formatTraceparent, newTrace, parseTraceparent } from './trace.ts';
