import type { SqlResult } from '@mainstay/kernel';
import type pg from 'pg';
import { isConnectionLost, toSqlError } from '../sql-error.ts';
import { Exchange, type ExchangeAnswer, type ExchangeStatement } from './exchange.ts';

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

/** Puts a connection of the driver into the hands of a holder. */
export function createConnection(client: pg.PoolClient, giveBack: (usable: boolean) => void): Connection {
  let isBroken = false;
  let runningCount = 0;
  let earlier: Promise<unknown> | undefined;
  const ended = (): void => {
    runningCount -= 1;
  };
  const failed = (error: unknown): void => {
    runningCount -= 1;
    isBroken ||= isConnectionLost(error);
  };
  return {
    run(statements, answerTimeoutMs) {
      const result =
        runningCount === 0 || earlier === undefined
          ? send(client, statements, answerTimeoutMs)
          : earlier.then(() => send(client, statements, answerTimeoutMs));
      runningCount += 1;
      earlier = result.then(ended, failed);
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

function send(
  client: pg.PoolClient,
  statements: readonly ExchangeStatement[],
  answerTimeoutMs: number,
): Promise<readonly ExchangeAnswer[]> {
  return new Promise((resolve, reject) => {
    const onAnswer: Exchange['callback'] = (error, answers) => {
      if (error === null) resolve(answers ?? []);
      else reject(toSqlError(error));
    };
    try {
      client.query(new Exchange(statements, answerTimeoutMs, onAnswer) as unknown as pg.Query);
    } catch (error) {
      reject(toSqlError(error));
    }
  });
}
