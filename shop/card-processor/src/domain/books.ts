import { PlatformError } from '@mainstay/kernel';
import { cardNetworkReasons } from '../errors.ts';
import { type Authorization, applyEntry } from './authorization.ts';
import type { KeptAnswer, LedgerEntry } from './ledger-entry.ts';
import { addToTotals, type LedgerTotals } from './totals.ts';

/**
 * Everything the ledger says, in memory: authorizations, kept answers, sums.
 *
 * Pure state: it changes by {@link Books.apply} only, so that replaying the file gives the same books.
 */
export class Books {
  readonly #authorizations = new Map<string, Authorization>();
  readonly #idsByReference = new Map<string, string[]>();
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #totals = new Map<string, LedgerTotals>();
  readonly #entries: LedgerEntry[] = [];

  /** Number the next entry must carry. */
  get nextSequence(): number {
    return this.#entries.length + 1;
  }

  /** Takes one entry in. */
  apply(entry: LedgerEntry): void {
    const before = this.#authorizations.get(entry.authorization_id);
    const begins = entry.kind === 'authorize' || entry.kind === 'decline';
    if (entry.sequence !== this.nextSequence || begins !== (before === undefined)) {
      throw new PlatformError(
        cardNetworkReasons.CARD_NETWORK_LEDGER_DAMAGED,
        `entry ${entry.sequence} (${entry.kind} of ${entry.authorization_id}) does not follow entry ${this.#entries.length}`,
      );
    }
    this.#entries.push(entry);
    this.#authorizations.set(entry.authorization_id, applyEntry(before, entry));
    this.#answers.set(entry.answer.key, entry.answer);
    this.#totals.set(entry.currency, addToTotals(this.#totals.get(entry.currency), entry));
    if (begins) {
      const ids = this.#idsByReference.get(entry.reference) ?? [];
      ids.push(entry.authorization_id);
      this.#idsByReference.set(entry.reference, ids);
    }
  }

  /** The authorization of an id, or undefined. */
  authorization(id: string): Authorization | undefined {
    return this.#authorizations.get(id);
  }

  /** Authorizations made for a reference, oldest first. */
  byReference(reference: string): Authorization[] {
    const ids = this.#idsByReference.get(reference) ?? [];
    return ids.flatMap((id) => this.#authorizations.get(id) ?? []);
  }

  /** The answer kept for an idempotency key, or undefined. */
  answer(key: string): KeptAnswer | undefined {
    return this.#answers.get(key);
  }

  /** Entries after a sequence number, oldest first. */
  entries(after: number, limit: number): readonly LedgerEntry[] {
    return this.#entries.slice(after, after + limit);
  }

  /** Sums of the whole ledger by currency. */
  totals(): Record<string, LedgerTotals> {
    return Object.fromEntries(this.#totals);
  }
}
