/** Fields of a log line; values must be serialisable, secrets are redacted by the implementation. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where log lines go. The message says what happened in a fixed sentence; the values are fields.
 *
 * @example
 * logger.info('order confirmed', { orderId, totalMinorUnits });
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

const nothing = (): void => undefined;

/** Drops every line; the default of packages used on their own. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
