import type { Acquired, LeaseClaim, LeaseStore, Renewed } from '../src/index.ts';

interface Row {
  epoch: number;
  owner: string | null;
  heir: string | null;
  expiresAtMs: number;
  renewedAtMs: number;
}

/**
 * What the table of leases has to do, said again without SQL: the reference of the model tests.
 *
 * `time` is its server's; `write` is a fenced write.
 */
export class LeaseModel implements LeaseStore {
  readonly rows = new Map<string, Row>();
  readonly #time: { readonly nowMs: number };

  constructor(time: { readonly nowMs: number }) {
    this.#time = time;
  }

  async acquire(name: string, owner: string, ttlMs: number): Promise<Acquired> {
    const row = this.rows.get(name);
    if (row !== undefined && row.expiresAtMs > this.#time.nowMs && row.heir !== owner) {
      return { state: 'taken', expiresInMs: row.expiresAtMs - this.#time.nowMs };
    }
    const epoch = (row?.epoch ?? 0) + 1;
    const idleMs = row === undefined || row.owner === null ? undefined : this.#time.nowMs - row.renewedAtMs;
    const expiresAtMs = this.#time.nowMs + ttlMs;
    this.rows.set(name, { epoch, owner, heir: null, expiresAtMs, renewedAtMs: this.#time.nowMs });
    return { state: 'held', epoch, idleMs };
  }

  async renew(claims: readonly LeaseClaim[], ttlMs: number): Promise<Renewed> {
    const [renewed, lost] = [new Set<string>(), new Set<string>()];
    for (const claim of claims) {
      const row = this.#held(claim);
      (row === undefined ? lost : renewed).add(claim.name);
      if (row !== undefined)
        Object.assign(row, { expiresAtMs: this.#time.nowMs + ttlMs, renewedAtMs: this.#time.nowMs });
    }
    return { renewed, lost };
  }

  async release(claim: LeaseClaim): Promise<boolean> {
    const row = this.#held(claim);
    if (row !== undefined) Object.assign(row, { owner: null, expiresAtMs: this.#time.nowMs });
    return row !== undefined;
  }

  async handOver(claim: LeaseClaim, heir: string, reservedMs: number): Promise<boolean> {
    const row = this.#held(claim);
    if (row !== undefined) Object.assign(row, { owner: null, heir, expiresAtMs: this.#time.nowMs + reservedMs });
    return row !== undefined;
  }

  /** Would a fenced write be accepted? */
  write(claim: LeaseClaim): boolean {
    return this.#held(claim) !== undefined;
  }

  #held({ name, epoch }: LeaseClaim): Row | undefined {
    const row = this.rows.get(name);
    return row?.epoch === epoch && row.owner !== null ? row : undefined;
  }
}
