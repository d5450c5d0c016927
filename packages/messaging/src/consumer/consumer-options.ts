import { type Clock, type LeaseKeeper, type Logger, type Meter, optionError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { Bus } from '../bus/bus.ts';
import type { EventHandler } from './handler.ts';

/** How a consumer is set up. */
export interface ConsumerOptions {
  /** Its name, unique among those of its database; a fixed word such as `sales-statistics`. Instances of one name share the work. */
  readonly name: string;
  /** Services whose events it takes. */
  readonly sources: readonly string[];
  /** One for each type; events of other types are passed over. */
  readonly handlers: readonly EventHandler[];
  /** The database of the effects, with the tables of `inboxMigrations`. */
  readonly database: Database;
  readonly bus: Bus;
  /** Makes one instance work on a source at a time. */
  readonly leases: LeaseKeeper;
  /** Where a new consumer begins: with the first event that the bus has (default), or with the next one. */
  readonly from?: 'first' | 'next';
  /** Events handled in one transaction, 1 to 1,000, default 100. */
  readonly batchSize?: number;
  /** How often it looks when nobody wakes it, in milliseconds, default 1,000. */
  readonly pollIntervalMs?: number;
  /** Attempts after which an event is a dead letter, at least 1, default 8. */
  readonly maxAttempts?: number;
  /** First pause before a failed event is tried again, in milliseconds, default 1,000; it doubles. */
  readonly retryDelayMs?: number;
  /** Longest of these pauses, in milliseconds, default 300,000. */
  readonly maxRetryDelayMs?: number;
  /** Default silent. */
  readonly logger?: Logger;
  /** Default silent. */
  readonly meter?: Meter;
  /** Default the machine's. */
  readonly clock?: Clock;
}

/** The options that are numbers, with defaults filled in. */
export interface ConsumerNumbers {
  readonly batchSize: number;
  readonly pollIntervalMs: number;
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
}

/** Checks options and fills in defaults. */
export function checkConsumerOptions(options: ConsumerOptions): ConsumerNumbers {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(options.name)) {
    throw optionError('consumer.name', 'a word of small letters, digits and dashes', options.name);
  }
  const types = options.handlers.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) throw optionError('consumer.handlers', 'one handler for each type', twice);
  return {
    batchSize: integer('batchSize', options.batchSize, { fallback: 100, most: 1_000 }),
    pollIntervalMs: integer('pollIntervalMs', options.pollIntervalMs, { fallback: 1_000 }),
    maxAttempts: integer('maxAttempts', options.maxAttempts, { fallback: 8 }),
    retryDelayMs: integer('retryDelayMs', options.retryDelayMs, { fallback: 1_000 }),
    maxRetryDelayMs: integer('maxRetryDelayMs', options.maxRetryDelayMs, { fallback: 300_000 }),
  };
}

function integer(
  name: string,
  value: number | undefined,
  { fallback, most = Number.MAX_SAFE_INTEGER }: { readonly fallback: number; readonly most?: number },
): number {
  const number = value ?? fallback;
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? 'an integer of at least 1' : `an integer from 1 to ${most}`;
  throw optionError(`consumer.${name}`, range, number);
}
