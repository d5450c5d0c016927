import {
  type Clock,
  type Logger,
  type Meter,
  optionError,
  type SqlExecutor,
  silentLogger,
  systemClock,
} from '@mainstay/kernel';
import type { LeaseStore } from '../store/lease-store.ts';

/** Options of `createLeaseKeeper`; none can be changed later. */
export interface LeaseKeeperOptions {
  /** Pool of the database that holds the leases and the rows they protect; a transaction will not do. */
  readonly database: SqlExecutor;
  /** Name of this process among all that ask for the same leases, 1 to 200 characters; another one after each start. */
  readonly owner: string;
  /** How long a lease lasts without being renewed, in milliseconds, 100 or more, default 10,000. Bounds the fail-over time. */
  readonly ttlMs?: number;
  /** Time between two renewals, in milliseconds, default a third of `ttlMs`, at most half of it. */
  readonly renewEveryMs?: number;
  /** The work is stopped so long before the lease could run out, in milliseconds, default a tenth of `ttlMs`. */
  readonly marginMs?: number;
  /** Time between two questions for a lease that another process holds, in milliseconds, default a twentieth of `ttlMs`. */
  readonly retryMs?: number;
  /** Time that only the heir may take a lease handed to it, in milliseconds, default `ttlMs`. */
  readonly reservedMs?: number;
  /** Default silent. */
  readonly logger?: Logger;
  /** Default silent. */
  readonly meter?: Meter;
  /** Default the machine's. Only measures durations: every decision about a lease is made by the server's time. */
  readonly clock?: Clock;
  /** Between 0 and 1, spreads the questions of many processes; default `Math.random`. */
  readonly random?: () => number;
  /** Where the leases are kept; default the table of this package. @internal */
  readonly store?: LeaseStore;
}

/** {@link LeaseKeeperOptions} with everything decided. */
export type ResolvedKeeperOptions = Required<Omit<LeaseKeeperOptions, 'store' | 'meter'>>;

/** Fills the defaults in and refuses what does not fit together. */
export function resolveKeeperOptions(options: LeaseKeeperOptions): ResolvedKeeperOptions {
  const { ttlMs = 10_000 } = options;
  const resolved = {
    ttlMs,
    renewEveryMs: options.renewEveryMs ?? ttlMs / 3,
    marginMs: options.marginMs ?? ttlMs / 10,
    retryMs: options.retryMs ?? ttlMs / 20,
    reservedMs: options.reservedMs ?? ttlMs,
  };
  const rules: [keyof typeof resolved, number, number][] = [
    ['ttlMs', 100, 3_600_000],
    ['renewEveryMs', 1, ttlMs / 2],
    ['marginMs', 0, ttlMs / 2],
    ['retryMs', 1, 3_600_000],
    ['reservedMs', 1, 3_600_000],
  ];
  for (const [name, least, most] of rules) {
    const value = resolved[name];
    if (!(value >= least && value <= most)) {
      throw optionError(`leases.${name}`, `a number of milliseconds from ${least} to ${most}`, value);
    }
  }
  if (resolved.renewEveryMs + resolved.marginMs >= ttlMs) {
    throw optionError('leases.renewEveryMs', 'less than ttlMs without marginMs', resolved.renewEveryMs);
  }
  if (options.owner.length < 1 || options.owner.length > 200) {
    throw optionError('leases.owner', '1 to 200 characters', options.owner.slice(0, 220));
  }
  return {
    ...resolved,
    database: options.database,
    owner: options.owner,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
