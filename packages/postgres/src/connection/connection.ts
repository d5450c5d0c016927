import { alarmsOf, type Clock, type SqlResult } from '@mainstay/kernel';
import type pg from 'pg';
import { isConnectionLost, isWriteRefusal, toSqlError, writeRefused } from '../sql-error.ts';
import { Exchange, type ExchangeAnswer, type ExchangeStatement, type OnAnswers } from './exchange.ts';

/** A result with the word that the server says at the end of a statement. */
export interface CommandResult<Row extends object> extends SqlResult<Row> {
  readonly command: string;
}

/** A connection in the hands of one holder. */
export interface Connection {
  /**
   * Runs statements in one trip to the server, after those before them have ended; the first that fails ends the rest.
   *
   * @param answerTimeoutMs - limit of the trip on our side, for a server that no longer answers; 0 is none.
   * @returns the results of the statements; a text without values that stands alone may hold several, then of each of these.
   */
  run(statements: readonly ExchangeStatement[], answerTimeoutMs: number): Promise<readonly CommandResult<object>[]>;
  /** True when a statement left the connection unusable. */
  isBroken(): boolean;
  /** Gives the connection back, or closes it when a statement broke it or `close` is asked for. Only the first call counts. */
  release(how?: 'close'): void;
}

/** How a connection is timed and given back. */
export interface ConnectionHolding {
  readonly clock: Clock;
  /** A refused write is the mistake of the holder, not a server that takes none at the moment. */
  readonly isReadOnly: boolean;
  readonly giveBack: (usable: boolean) => void;
}

/** Puts a connection of the driver into the hands of a holder. */
export function createConnection(
  client: pg.PoolClient,
  { clock, isReadOnly, giveBack }: ConnectionHolding,
): Connection {
  const alarms = alarmsOf(clock);
  let isBroken = false;
  let runningCount = 0;
  let earlier: Promise<unknown> = Promise.resolve();
  const send = (
    statements: readonly ExchangeStatement[],
    answerTimeoutMs: number,
  ): Promise<readonly ExchangeAnswer[]> =>
    new Promise((resolve, reject) => {
      const onAnswers: OnAnswers = (error, answers) => {
        alarms.clear(exchange);
        runningCount -= 1;
        if (error === undefined) {
          resolve(answers);
          return;
        }
        const known = isReadOnly && isWriteRefusal(error) ? writeRefused(error) : toSqlError(error);
        isBroken ||= isConnectionLost(known);
        reject(known);
      };
      const dueAtMs = answerTimeoutMs === 0 ? Number.POSITIVE_INFINITY : clock.monotonicMs() + answerTimeoutMs;
      const exchange = new Exchange(statements, dueAtMs, onAnswers);
      if (answerTimeoutMs !== 0) alarms.set(exchange);
      try {
        client.query(exchange as unknown as pg.Query);
      } catch (error) {
        exchange.handleError(error);
      }
    });
  return {
    run(statements, answerTimeoutMs) {
      runningCount += 1;
      const result =
        runningCount === 1 ? send(statements, answerTimeoutMs) : earlier.then(() => send(statements, answerTimeoutMs));
      earlier = result.catch(() => undefined);
      return result;
    },
    isBroken: () => isBroken,
    release: (how) => giveBack(!isBroken && how !== 'close'),
  };
}

/** The result of the last statement. */
export function lastResult<Row extends object>(results: readonly CommandResult<object>[]): CommandResult<Row> {
  return (results.at(-1) ?? { rows: [], rowCount: 0, command: '' }) as CommandResult<Row>;
}
