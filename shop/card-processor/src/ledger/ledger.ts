import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '@mainstay/kernel';
import { PlatformError } from '@mainstay/kernel';
import { Books } from '../domain/books.ts';
import type { KeptAnswer, LedgerEntry } from '../domain/ledger-entry.ts';
import { cardNetworkReasons as reasons } from '../errors.ts';
import { type Journal, openJournal } from './journal.ts';
import { parseEntry } from './parse-entry.ts';

/** How a ledger is opened. */
export interface LedgerOptions {
  /** Directory of `ledger.jsonl`; made when missing. */
  readonly directory: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
}

/** Which call asks for an effect: its idempotency key and what else must be the same when it comes again. */
export interface EffectCall {
  readonly key: string;
  readonly fingerprint: string;
}

/** An entry as a decision makes it; number, time and kept answer are added by the ledger. */
export type EntryDraft = Omit<LedgerEntry, 'sequence' | 'at' | 'answer'>;

/** What a decision yields: the entry and how the answer is made once the books contain it. */
export interface Decision {
  readonly draft: EntryDraft;
  readonly status: number;
  readonly body: (books: Books, at: string) => unknown;
  /** The caller never gets an answer. */
  readonly silent?: boolean;
}

/** An answer and whether it was given before. */
export interface Effect {
  readonly answer: KeptAnswer;
  readonly replayed: boolean;
}

/**
 * The durable ledger: decides on the books, writes the entry, answers when it is on disk.
 *
 * Decisions are synchronous, so they never see half of another; of duplicates that arrive together the second finds
 * the first one's answer and waits for the same write.
 */
export class Ledger implements AsyncDisposable {
  readonly #books: Books;
  readonly #journal: Journal;
  readonly #clock: Pick<Clock, 'nowMs'>;

  /** Use {@link openLedger}. */
  constructor(books: Books, journal: Journal, clock: Pick<Clock, 'nowMs'>) {
    this.#books = books;
    this.#journal = journal;
    this.#clock = clock;
  }

  /**
   * Runs an effect once for its key.
   *
   * @param decide - looks at the books and says what to enter, or throws to refuse without a trace.
   * @throws {@link PlatformError} `CARD_NETWORK_IDEMPOTENCY_KEY_REUSED` for a key that came with another call.
   */
  async effect(call: EffectCall, decide: (books: Books) => Decision): Promise<Effect> {
    const kept = this.#books.answer(call.key);
    if (kept !== undefined && kept.fingerprint !== call.fingerprint) {
      throw new PlatformError(
        reasons.CARD_NETWORK_IDEMPOTENCY_KEY_REUSED,
        'this Idempotency-Key was used with another path or body',
      );
    }
    if (kept !== undefined) {
      await this.#journal.settled();
      return { answer: kept, replayed: true };
    }
    const failure = this.#journal.failure();
    if (failure !== undefined) throw failure;
    const entry = this.#enter(call, decide(this.#books));
    await this.#journal.append(JSON.stringify(entry));
    return { answer: entry.answer, replayed: false };
  }

  /** Reads the books once everything entered so far is on disk. */
  async read<T>(look: (books: Books) => T): Promise<T> {
    await this.#journal.settled();
    return look(this.#books);
  }

  /** The failure that ended writing, if any. */
  failure(): PlatformError | undefined {
    return this.#journal.failure();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal[Symbol.asyncDispose]();
  }

  #enter(call: EffectCall, decision: Decision): LedgerEntry {
    const at = new Date(this.#clock.nowMs()).toISOString();
    const sequence = this.#books.nextSequence;
    const silent = decision.silent === true ? { silent: true } : {};
    // The answer shows the books after the entry, so its body follows once they contain it.
    const answer = { ...call, ...silent, status: decision.status, body: undefined as unknown };
    const entry: LedgerEntry = { ...decision.draft, sequence, at, answer };
    this.#books.apply(entry);
    answer.body = decision.body(this.#books, at);
    return entry;
  }
}

/**
 * Opens the ledger of a directory and replays it.
 *
 * @throws {@link PlatformError} `CARD_NETWORK_LEDGER_DAMAGED` with file and line for a line that is not the next entry.
 */
export async function openLedger({ directory, clock, logger }: LedgerOptions): Promise<Ledger> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const books = new Books();
  const onLine = (line: string): void => books.apply(parseEntry(line));
  const journal = await openJournal({ path: join(directory, 'ledger.jsonl'), onLine, logger });
  logger.info('ledger replayed', { entryCount: books.nextSequence - 1 });
  return new Ledger(books, journal, clock);
}
