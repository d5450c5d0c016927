import { faultPoint, type PlatformError, toPlatformError, uuidv7 } from '@mainstay/kernel';
import { type CallEffect, withContext } from '@mainstay/kernel/context';
import { isUniqueViolation, type Opening, sqlStateOf, type Transaction } from '@mainstay/postgres';
import { type Answer, isAnswer } from './answer.ts';
import { type Decision, decide, type Sight } from './decide.ts';
import { EarlyClaim } from './early-claim.ts';
import { type KeyedRequest, recordIdOf } from './keyed-request.ts';
import type { KeyedHost, KeyedResult, KeyedWork } from './keyed-work.ts';
import type { KeyedOutcome } from './metrics.ts';
import { inProgress, maxRounds, refusalOf, storeUnavailable } from './refusals.ts';
import { keyTaken, look } from './store/look.ts';
import type { NewRecord, RecordId } from './store/record-id.ts';
import { commitCompleted, removeSeen, writeOver } from './store/write-records.ts';

/** How one round went; `again`: the table changed meanwhile, look anew. */
type Round<T> = KeyedResult<T> | { readonly error: PlatformError } | 'again';

/** Runs the work of a keyed call in one transaction with its record; see `KeyedEffects.run`. */
export async function runInOneTransaction<T>(
  host: KeyedHost,
  request: KeyedRequest,
  work: KeyedWork<T>,
): Promise<KeyedResult<T>> {
  const id = recordIdOf(request);
  for (let round = 1; round <= maxRounds; round++) {
    // A second look is for a key that is not new, or work that has to be sure of its claim.
    const isEarly = round === 1 && !host.careful.has(request.operation);
    const outcome = await new OneTransaction(host, request, { id, work }).run(isEarly);
    if (outcome === 'again') continue;
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }
  throw inProgress(0);
}

class OneTransaction<T> {
  readonly #host: KeyedHost;
  readonly #request: KeyedRequest;
  readonly #id: RecordId;
  readonly #work: KeyedWork<T>;
  /** Set once the work has been let run. */
  #record: NewRecord | undefined;
  /** Set when the work is let run before it is certain that it may. */
  #claim: EarlyClaim | undefined;
  /** What the work threw. */
  #failure: PlatformError | undefined;

  constructor(host: KeyedHost, request: KeyedRequest, call: { readonly id: RecordId; readonly work: KeyedWork<T> }) {
    this.#host = host;
    this.#request = request;
    this.#id = call.id;
    this.#work = call.work;
  }

  async run(isEarly: boolean): Promise<Round<T>> {
    try {
      // One of its own: the record must be committed with the work, and not later with something around it.
      const options = { name: this.#request.operation, propagation: 'requires_new' } as const;
      const round = await this.#host.database.transaction(options, (tx) =>
        isEarly ? this.#claimEarly(tx) : this.#lookFirst(tx),
      );
      if (isEarly) this.#count('claimed');
      return round;
    } catch (error) {
      if (this.#hasHeldBack()) {
        this.#host.careful.add(this.#request.operation);
        return 'again';
      }
      if (isUniqueViolation(error, 'idempotency_records_key')) return 'again';
      if (this.#claim !== undefined && !this.#claim.isCertain) return await this.#unclaimed(this.#claim.opening, error);
      if (this.#failure !== undefined) return await this.#keepRolledBack(this.#failure);
      if (this.#record === undefined) throw storeUnavailable(error);
      throw error;
    }
  }

  async #claimEarly(tx: Transaction): Promise<Round<T>> {
    const record = this.#newRecord(0n, uuidv7(this.#host.clock));
    this.#claim = new EarlyClaim(tx, record);
    const running = this.#runWork(tx, record, this.#claim);
    this.#claim.sendSoon();
    return await running;
  }

  async #lookFirst(tx: Transaction): Promise<Round<T>> {
    const decision = decide(await look(tx, this.#id), this.#request.fingerprint);
    const settled = this.#settled(decision);
    if (settled !== undefined) return settled;
    const { seenEpoch, effectId = uuidv7(this.#host.clock) } = decision as Begin;
    const record = this.#newRecord(seenEpoch, effectId);
    if (seenEpoch !== 0n) await removeSeen(tx, record);
    this.#count(decision.do === 'take_over' ? 'taken_over' : 'claimed');
    return await this.#runWork(tx, record, { id: effectId, guard: () => undefined });
  }

  #newRecord(seenEpoch: bigint, effectId: string): NewRecord {
    const { fingerprint } = this.#request;
    this.#record = { ...this.#id, fingerprint, effectId, seenEpoch, ttlMs: this.#host.ttlMs };
    return this.#record;
  }

  #count(outcome: KeyedOutcome): void {
    this.#host.metrics.count(this.#request.operation, outcome);
  }

  /** What a decision is that lets nothing run. */
  #settled(decision: Decision): Round<T> | undefined {
    if (decision.do === 'replay') {
      this.#count('replayed');
      return { isReplayed: true, answer: decision.answer };
    }
    const refusal = refusalOf(this.#host, this.#request.operation, decision);
    return refusal && { error: refusal };
  }

  async #runWork(tx: Transaction, record: NewRecord, effect: CallEffect): Promise<Round<T>> {
    let result: T;
    try {
      result = await withContext({ effect }, () => this.#work.run());
    } catch (thrown) {
      const error = toPlatformError(thrown);
      if (tx.canCommit && isAnswer(error, this.#request) && !this.#hasHeldBack()) {
        commitCompleted(tx, record, answerOf(error));
        return { error };
      }
      this.#failure = error;
      throw error;
    }
    if (this.#hasHeldBack()) throw inProgress(0);
    const point = faultPoint('idempotency.before-commit');
    if (point !== undefined) await point;
    commitCompleted(tx, record, this.#work.encode(result));
    return { isReplayed: false, result };
  }

  /** Was the work refused something only because it had begun early? Then it has no outcome. */
  #hasHeldBack(): boolean {
    return this.#claim?.opening.hasHeldBack === true;
  }

  /** The work ended before the claim was certain: nothing of it is in the database. */
  async #unclaimed({ state, error: refusal }: Opening, error: unknown): Promise<Round<T>> {
    if (state === 'failed') {
      if (sqlStateOf(refusal) === keyTaken) return 'again';
      throw storeUnavailable(refusal);
    }
    const sight = await look(this.#host.database, this.#id).catch((cause: unknown): Sight => {
      throw storeUnavailable(cause);
    });
    const settled = this.#settled(decide(sight, this.#request.fingerprint));
    if (settled !== undefined) return settled;
    throw error;
  }

  /** The effect is undone; an answer is kept all the same, unless another call has left one by now. */
  async #keepRolledBack(error: PlatformError): Promise<Round<T>> {
    if (!isAnswer(error, this.#request) || this.#record === undefined) return { error };
    const isKept = await writeOver(this.#host.database, this.#record, { answer: answerOf(error) });
    return isKept ? { error } : 'again';
  }
}

type Begin = Extract<Decision, { seenEpoch: bigint }> & { readonly effectId?: string };

function answerOf(error: PlatformError): Answer {
  return { kind: 'error', error, headers: [] };
}
