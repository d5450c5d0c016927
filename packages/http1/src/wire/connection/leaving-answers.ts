import type { Exchange } from '../exchange.ts';

/** Answers on their way that the socket has not taken yet. */
export class LeavingAnswers {
  #exchanges: Exchange[] = [];

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  /** All of them have left, or never will. */
  tell(isWhole: boolean): void {
    if (this.#exchanges.length === 0) return;
    const exchanges = this.#exchanges;
    this.#exchanges = [];
    for (const exchange of exchanges) exchange.end(isWhole);
  }
}
