/** What the model knows of the record of one key. */
interface ModelRecord {
  readonly fingerprint: number;
  readonly epoch: number;
  readonly effect: string;
  readonly answer: string | undefined;
  readonly isLocked: boolean;
  readonly isExpired: boolean;
}

/** A worker that was let run; `held` once its record is written. */
interface ModelWorker {
  readonly fingerprint: number;
  readonly seenEpoch: number;
  readonly effect: string;
  readonly held: boolean;
}

/** What a call is told: to run (again), to come back, that the key is another request's, or an answer. */
export type Told = 'run' | 'take_over' | 'wait' | 'refuse' | `replay ${string}`;

/**
 * One key as the documentation tells of it, without SQL: one record, and workers that hold what they saw.
 *
 * Effects are counted for each life of the key, which ends when its record expires.
 */
export class ReferenceModel {
  record: ModelRecord | undefined;
  readonly workers = new Map<number, ModelWorker>();
  readonly effects = new Set<string>();

  look(fingerprint: number): Told {
    const { record } = this;
    if (record === undefined || record.isExpired) return 'run';
    if (record.fingerprint !== fingerprint) return 'refuse';
    if (record.answer !== undefined) return `replay ${record.answer}`;
    return record.isLocked ? 'wait' : 'take_over';
  }

  /** A worker goes on after a look; @param fresh - name of the effect if it is a new one. @returns whether it may. */
  begin(worker: number, fingerprint: number, fresh: string): boolean {
    const told = this.look(fingerprint);
    const seenEpoch = this.record?.epoch ?? 0;
    if (told === 'run') {
      this.workers.set(worker, { fingerprint, seenEpoch, effect: fresh, held: false });
      return true;
    }
    if (told !== 'take_over') return false;
    const effect = this.record!.effect;
    this.workers.set(worker, { fingerprint, seenEpoch, effect, held: true });
    this.#put({ fingerprint, effect, epoch: seenEpoch + 1 });
    return true;
  }

  /** A worker writes in a transaction. @returns whether it was committed. */
  write(worker: number): boolean {
    const own = this.workers.get(worker)!;
    if (own.held ? !this.#isHolder(own) : !this.#isAsSeen(own)) return false;
    if (!own.held) this.#put({ ...own, epoch: own.seenEpoch + 1 });
    this.workers.set(worker, { ...own, held: true });
    this.effects.add(own.effect);
    return true;
  }

  /** A worker ends with an answer. @returns whether it is the one that counts. */
  complete(worker: number, answer: string): boolean {
    const own = this.workers.get(worker)!;
    this.workers.delete(worker);
    if (own.held ? !this.#isHolder(own) : !this.#isAsSeen(own)) return false;
    this.#put({ ...own, epoch: own.seenEpoch + 1 }, answer);
    return true;
  }

  /** A worker ends with an outage. */
  release(worker: number): void {
    const own = this.workers.get(worker)!;
    this.workers.delete(worker);
    if (own.held && this.#isHolder(own)) this.record = { ...this.record!, isLocked: false };
  }

  /** A call that is one transaction, and how its work ends. @returns what the caller sees. */
  whole(fingerprint: number, ending: 'answer' | 'refusal' | 'outage', fresh: string): string {
    const told = this.look(fingerprint);
    if (told !== 'run' && told !== 'take_over') return told;
    const effect = told === 'run' ? fresh : this.record!.effect;
    if (ending === 'outage') return 'outage';
    if (ending === 'answer') this.effects.add(effect);
    const answer = ending === 'answer' ? effect : 'refused';
    this.#put({ fingerprint, effect, epoch: (this.record?.epoch ?? 0) + 1 }, answer);
    return `own ${answer}`;
  }

  endLock(): void {
    if (this.record !== undefined) this.record = { ...this.record, isLocked: false };
  }

  expire(): void {
    if (this.record !== undefined) this.record = { ...this.record, isExpired: true };
  }

  cleanUp(): void {
    if (this.record?.isExpired === true) this.record = undefined;
  }

  #put(record: Pick<ModelRecord, 'fingerprint' | 'effect' | 'epoch'>, answer?: string): void {
    const { fingerprint, effect, epoch } = record;
    this.record = { fingerprint, effect, epoch, answer, isLocked: answer === undefined, isExpired: false };
  }

  /** A record that was removed and written anew has the same epoch, and another effect. */
  #isHolder({ seenEpoch, effect }: ModelWorker): boolean {
    const { record } = this;
    return record?.epoch === seenEpoch + 1 && record.effect === effect && record.answer === undefined;
  }

  /** Nothing has changed since the look that matters: whoever removed what had expired changed nothing. */
  #isAsSeen({ seenEpoch, effect }: ModelWorker): boolean {
    const { record } = this;
    if (record === undefined) return true;
    return (
      record.epoch === seenEpoch &&
      (record.isExpired || (record.effect === effect && record.answer === undefined && !record.isLocked))
    );
  }
}
