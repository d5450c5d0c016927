import { optionError } from '@mainstay/kernel';

/** Servers that follow the primary, and what a read accepts of them. */
export interface ReplicaOptions {
  /** `postgres://role:password@host:port/database`, one for each; hosts that hide several servers are not told apart. */
  readonly urls: readonly string[];
  /** Most connections to each, 1 or more, default as many as to the primary. */
  readonly maxConnections?: number;
  /** A read may miss what was committed in the last so many milliseconds, default 5,000; at least twice `checkIntervalMs`. */
  readonly maxLagMs?: number;
  /** A replica with more bytes of log to replay gets no reads, default 16 MiB. */
  readonly maxLagBytes?: number;
  /** Longest wait of a read for a replica that shows what its call wrote, in milliseconds, default 100; 0 waits not at all. */
  readonly waitMs?: number;
  /** Time between two checks of a replica in milliseconds, 10 or more, default 500. */
  readonly checkIntervalMs?: number;
  /** A replica that answers a check later than this gets no reads, in milliseconds, default 1,000. */
  readonly checkTimeoutMs?: number;
}

/** Options with their defaults. */
export type ResolvedReplicaOptions = Required<Omit<ReplicaOptions, 'maxConnections'>>;

/** Most replicas of one database: each is a pool and a check. */
const maxReplicas = 16;

/** @throws {@link PlatformError} `OPTION_INVALID` for an option out of range. */
export function resolveReplicaOptions(options: ReplicaOptions): ResolvedReplicaOptions {
  if (options.urls.length > maxReplicas) {
    throw optionError('postgres.replicas.urls', `at most ${maxReplicas} addresses`, options.urls.length);
  }
  const atLeast = (name: Exclude<keyof ReplicaOptions, 'urls'>, minimum: number, fallback: number): number => {
    const value = options[name] ?? fallback;
    if (Number.isInteger(value) && value >= minimum) return value;
    throw optionError(`postgres.replicas.${name}`, `an integer of at least ${minimum}`, value);
  };
  const checkIntervalMs = atLeast('checkIntervalMs', 10, 500);
  return {
    urls: options.urls,
    maxLagMs: atLeast('maxLagMs', 2 * checkIntervalMs, 5_000),
    maxLagBytes: atLeast('maxLagBytes', 0, 16 * 2 ** 20),
    waitMs: atLeast('waitMs', 0, 100),
    checkIntervalMs,
    checkTimeoutMs: atLeast('checkTimeoutMs', 1, 1_000),
  };
}
