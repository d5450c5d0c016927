import {
  type Clock,
  type LeaseKeeper,
  type Logger,
  type Meter,
  optionError,
  silentLogger,
  silentMeter,
  systemClock,
} from '@mainstay/kernel';
import type { Database } from '../database/database.ts';
import { requirePartName } from './prepared-name.ts';

/** Options of `openTwoPhase`. */
export interface TwoPhaseOptions<Participant extends string = string> {
  /** Of the coordinator, the same in every process that shares its work: part of the names of its prepared transactions, and its label. */
  readonly name: string;
  /** The databases that take part, 2 to 8, by a name that stays the same. */
  readonly participants: Readonly<Record<Participant, Database>>;
  /** Keeps the decisions, with `twoPhaseMigrations`; may be one of the participants. */
  readonly decisions: Database;
  /** Longest life of a transaction until it is prepared, in milliseconds, default 10,000; the servers end it then. */
  readonly timeoutMs?: number;
  /**
   * A transaction that stands prepared and undecided for so long is given up by recovery, in milliseconds, more than `timeoutMs`, default 30,000 or three times that. With
   * `recoverEveryMs` it bounds how long a dead coordinator keeps rows locked.
   */
  readonly abandonAfterMs?: number;
  /** Time between two looks for what dead coordinators left, in milliseconds, default 5,000. */
  readonly recoverEveryMs?: number;
  /** Decisions are kept for so long, in milliseconds, default 7 days: longer than any process stands still and comes back. */
  readonly keepDecisionsMs?: number;
  /** Makes one process at a time look; absent: all of them do, which costs statements and harms nothing. */
  readonly leases?: LeaseKeeper;
  readonly logger?: Logger;
  readonly meter?: Meter;
  readonly clock?: Clock;
}

/** Options with their defaults. */
export type ResolvedTwoPhaseOptions = Required<Omit<TwoPhaseOptions, 'leases' | 'participants'>> & {
  readonly leases: LeaseKeeper | undefined;
  readonly participants: ReadonlyMap<string, Database>;
};

/** @throws {@link PlatformError} `OPTION_INVALID` for an option out of range. */
export function resolveTwoPhaseOptions(options: TwoPhaseOptions): ResolvedTwoPhaseOptions {
  const participants = new Map(Object.entries(options.participants));
  requirePartName('twoPhase.name', options.name);
  for (const name of participants.keys()) requirePartName('twoPhase.participants', name);
  if (participants.size < 2 || participants.size > 8) {
    throw optionError('twoPhase.participants', '2 to 8 databases', participants.size);
  }
  const atLeast = (
    name: 'timeoutMs' | 'abandonAfterMs' | 'recoverEveryMs' | 'keepDecisionsMs',
    minimum: number,
    fallback: number,
  ): number => {
    const value = options[name] ?? fallback;
    if (Number.isInteger(value) && value >= minimum) return value;
    throw optionError(`twoPhase.${name}`, `an integer of at least ${minimum}`, value);
  };
  const timeoutMs = atLeast('timeoutMs', 1, 10_000);
  const abandonAfterMs = atLeast('abandonAfterMs', timeoutMs + 1, Math.max(30_000, 3 * timeoutMs));
  return {
    name: options.name,
    participants,
    decisions: options.decisions,
    timeoutMs,
    abandonAfterMs,
    recoverEveryMs: atLeast('recoverEveryMs', 10, 5_000),
    keepDecisionsMs: atLeast('keepDecisionsMs', 2 * abandonAfterMs, 7 * 86_400_000),
    leases: options.leases,
    logger: options.logger ?? silentLogger,
    meter: options.meter ?? silentMeter,
    clock: options.clock ?? systemClock,
  };
}
