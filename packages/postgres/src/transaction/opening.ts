import type { ExchangeStatement } from '../connection/exchange.ts';

/** What a transaction begins with, before anything else of it counts. */
export interface Opening {
  /** `failed` also when the connection was lost with it; `done` once the server has run it. */
  readonly state: 'unsent' | 'sent' | 'done' | 'failed';
  /** Why it failed; undefined in the other states. */
  readonly error: unknown;
  /** A call to another service was refused because it came before the opening was done, although `remoteCalls` is `warn`. */
  readonly hasHeldBack: boolean;
  /** Sends it without waiting for a first statement. @throws its error. */
  now(): Promise<void>;
}

/** The opening of one session, which sends it. */
export class OpeningStatement implements Opening {
  readonly statement: ExchangeStatement;
  state: Opening['state'] = 'unsent';
  error: unknown;
  hasHeldBack = false;
  readonly now: () => Promise<void>;

  /** @param begin - sends what a session begins with, or waits for what was sent. */
  constructor(statement: ExchangeStatement, begin: () => Promise<void>) {
    this.statement = { ...statement, onAnswer: () => this.#answered() };
    this.now = begin;
  }

  #answered(): void {
    this.state = 'done';
  }

  failed(error: unknown): void {
    if (this.state === 'done') return;
    this.state = 'failed';
    this.error = error;
  }
}
