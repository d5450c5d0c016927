import type { Change } from './change.ts';

/** A change with the time it happened, by the registry's wall clock. */
export interface AuditRecord extends Change {
  readonly atMs: number;
}

/** Keeps the latest comings and goings in memory; the oldest go when it is full. */
export class AuditLog {
  readonly #maxCount: number;
  readonly #records: AuditRecord[] = [];

  /** @param maxCount - most records kept, at least 1. */
  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  /** Cost: constant on average; the array is cut when it holds twice the limit. */
  add(record: AuditRecord): void {
    this.#records.push(record);
    if (this.#records.length >= 2 * this.#maxCount) this.#records.splice(0, this.#records.length - this.#maxCount);
  }

  /** Newest first; of one service when a name is given. */
  newest(limit: number, service = ''): readonly AuditRecord[] {
    const found: AuditRecord[] = [];
    const oldest = Math.max(0, this.#records.length - this.#maxCount);
    for (let i = this.#records.length - 1; i >= oldest && found.length < limit; i--) {
      const record = this.#records[i]!;
      if (service === '' || record.service === service) found.push(record);
    }
    return found;
  }
}
