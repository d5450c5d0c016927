import type { Clock } from '@mainstay/kernel';

/** The last headers of answers with the empty line behind them, made anew each second, because they tell the time. */
export class AnswerTails {
  /** Of answers after which the connection goes on. */
  keep = '';
  /** Of the last answer of a connection. */
  close = '';
  readonly #clock: Clock;
  readonly #keepAlive: string;

  /** @param keepAliveMs - clients are told, so that they do not send when the connection is about to be closed. */
  constructor(clock: Clock, keepAliveMs: number) {
    this.#clock = clock;
    this.#keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(keepAliveMs / 1_000)}`;
    this.refresh();
  }

  refresh(): void {
    const date = `date: ${new Date(this.#clock.nowMs()).toUTCString()}`;
    this.keep = `${date}\r\n${this.#keepAlive}\r\n\r\n`;
    this.close = `${date}\r\nconnection: close\r\n\r\n`;
  }
}
