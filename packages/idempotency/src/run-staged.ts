import { faultPoint, isPlatformError, type PlatformError, toPlatformError, uuidv7 } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { type Answer, isAnswer } from './answer.ts';
import { decide, type Sight } from './decide.ts';
import { type KeyedRequest, recordIdOf } from './keyed-request.ts';
import type { KeyedHost, KeyedResult, KeyedWork } from './keyed-work.ts';
import { inProgress, maxRounds, refusalOf, storeUnavailable } from './refusals.ts';
import { renewWhileRunning } from './renewal.ts';
import { StagedClaim, takenOver } from './staged-claim.ts';
import { look } from './store/look.ts';
import type { RecordId } from './store/record-id.ts';

/** A call whose work is several transactions. */
export interface StagedCall<T> {
  readonly request: KeyedRequest;
  readonly work: KeyedWork<T>;
  readonly lockMs: number;
}

/** Runs the work of a keyed call under a claim of its own; see `KeyedEffects.runStaged`. */
export async function runStaged<T>(host: KeyedHost, call: StagedCall<T>): Promise<KeyedResult<T>> {
  const id = recordIdOf(call.request);
  for (let round = 1; round <= maxRounds; round++) {
    const outcome = await runRound(host, call, id);
    if (outcome !== 'again') return outcome;
  }
  throw inProgress(0);
}

async function runRound<T>(host: KeyedHost, call: StagedCall<T>, id: RecordId): Promise<KeyedResult<T> | 'again'> {
  const { metrics, clock, ttlMs, database } = host;
  const { operation, fingerprint } = call.request;
  const sight = await look(database, id).catch((error: unknown): Sight => {
    throw storeUnavailable(error);
  });
  const decision = decide(sight, fingerprint);
  if (decision.do === 'replay') {
    metrics.count(operation, 'replayed');
    return { isReplayed: true, answer: decision.answer };
  }
  const refusal = refusalOf(host, operation, decision);
  if (refusal !== undefined) throw refusal;
  const { seenEpoch, effectId = uuidv7(clock) } = decision as { seenEpoch: bigint; effectId?: string };
  const claim = new StagedClaim(database, { ...id, fingerprint, effectId, seenEpoch, ttlMs }, call.lockMs);
  if (decision.do === 'take_over' && !(await claim.take())) return 'again';
  metrics.count(operation, decision.do === 'take_over' ? 'taken_over' : 'claimed');
  return await runWork(host, call, claim);
}

async function runWork<T>(
  host: KeyedHost,
  { request, work, lockMs }: StagedCall<T>,
  claim: StagedClaim,
): Promise<KeyedResult<T> | 'again'> {
  let ended: { readonly ok: true; readonly result: T } | { readonly ok: false; readonly error: PlatformError };
  try {
    using _renewal = renewWhileRunning({ ...host, claim, lockMs });
    ended = { ok: true, result: await withContext({ effect: claim }, () => work.run()) };
  } catch (thrown) {
    ended = { ok: false, error: toPlatformError(thrown) };
  }
  const { mayBeHeld } = claim.end();
  if (claim.lost === 'before') return 'again';
  if (claim.lost === 'after') {
    host.metrics.count(request.operation, 'lock_lost');
    throw takenOver();
  }
  if (!ended.ok && !isAnswer(ended.error, request)) {
    if (mayBeHeld) await release(host, claim);
    throw ended.error;
  }
  const point = faultPoint('idempotency.before-complete');
  if (point !== undefined) await point;
  const answer: Answer = ended.ok ? work.encode(ended.result) : { kind: 'error', error: ended.error, headers: [] };
  if (!(await claim.complete(answer, mayBeHeld))) {
    if (mayBeHeld) host.metrics.count(request.operation, 'lock_lost');
    return 'again';
  }
  if (!ended.ok) throw ended.error;
  return { isReplayed: false, result: ended.result };
}

/** A record that cannot be released is taken over when its lock has run out; the error of the work is the one to report. */
async function release({ logger }: KeyedHost, claim: StagedClaim): Promise<void> {
  try {
    await claim.release();
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    logger.warn('an idempotency key could not be released and stays locked for a while', { error });
  }
}
