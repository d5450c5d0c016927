import { faultPoint, type PlatformError, toPlatformError, uuidv7 } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { isUniqueViolation, type Transaction } from '@mainstay/postgres';
import { type Answer, isAnswer } from './answer.ts';
import { type Decision, decide } from './decide.ts';
import { type KeyedRequest, recordIdOf } from './keyed-request.ts';
import type { KeyedHost, KeyedResult, KeyedWork } from './keyed-work.ts';
import { inProgress, maxRounds, refusalOf, storeUnavailable } from './refusals.ts';
import { look } from './store/look.ts';
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
    const outcome = await new OneTransaction(host, request, { id, work }).run();
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
  /** What the work threw. */
  #failure: PlatformError | undefined;

  constructor(host: KeyedHost, request: KeyedRequest, call: { readonly id: RecordId; readonly work: KeyedWork<T> }) {
    this.#host = host;
    this.#request = request;
    this.#id = call.id;
    this.#work = call.work;
  }

  async run(): Promise<Round<T>> {
    try {
      // One of its own: the record must be committed with the work, and not later with something around it.
      const options = { name: this.#request.operation, propagation: 'requires_new' } as const;
      return await this.#host.database.transaction(options, (tx) => this.#inside(tx));
    } catch (error) {
      if (isUniqueViolation(error, 'idempotency_records_key')) return 'again';
      if (this.#failure !== undefined) return await this.#keepRolledBack(this.#failure);
      if (this.#record === undefined) throw storeUnavailable(error);
      throw error;
    }
  }

  async #inside(tx: Transaction): Promise<Round<T>> {
    const sight = await look(tx, this.#id);
    const decision = decide(sight, this.#request.fingerprint);
    const { metrics, clock, ttlMs } = this.#host;
    const { operation, fingerprint } = this.#request;
    if (decision.do === 'replay') {
      metrics.count(operation, 'replayed');
      return { isReplayed: true, answer: decision.answer };
    }
    const refusal = refusalOf(this.#host, operation, decision);
    if (refusal !== undefined) return { error: refusal };
    const { seenEpoch, effectId = uuidv7(clock) } = decision as Begin;
    const record: NewRecord = { ...this.#id, fingerprint, effectId, seenEpoch, ttlMs };
    if (seenEpoch !== 0n) await removeSeen(tx, record);
    this.#record = record;
    metrics.count(operation, decision.do === 'take_over' ? 'taken_over' : 'claimed');
    return await this.#runWork(tx, record);
  }

  async #runWork(tx: Transaction, record: NewRecord): Promise<Round<T>> {
    const effect = { id: record.effectId, guard: () => undefined };
    let result: T;
    try {
      result = await withContext({ effect }, () => this.#work.run());
    } catch (thrown) {
      const error = toPlatformError(thrown);
      if (tx.canCommit && isAnswer(error, this.#request)) {
        commitCompleted(tx, record, answerOf(error));
        return { error };
      }
      this.#failure = error;
      throw error;
    }
    const point = faultPoint('idempotency.before-commit');
    if (point !== undefined) await point;
    commitCompleted(tx, record, this.#work.encode(result));
    return { isReplayed: false, result };
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
