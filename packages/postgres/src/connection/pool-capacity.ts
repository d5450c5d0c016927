import { optionError, PlatformError } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';

/** Connections that the workers of one kind hold. */
export interface ConnectionUse {
  /** For the message, for example `saga-runner`. */
  readonly name: string;
  /** How many may work at once, 1 or more. */
  readonly workers: number;
  /** Connections that one of them holds at once, default 1; 2 when it runs a `requires_new` transaction inside another. */
  readonly connectionsEach?: number;
}

/**
 * Adds up what workers need, and refuses what the pool could not carry.
 *
 * There have to be as many connections as workers, so that none waits in normal work; and if all of them hold all but one of what they
 * need, there has to be one left, because otherwise they wait for each other until the acquire time-out.
 */
export function createCapacity(maxConnections: number): (use: ConnectionUse) => void {
  let workerCount = 0;
  let heldWaiting = 0;
  return ({ name, workers, connectionsEach = 1 }) => {
    if (!(Number.isInteger(workers) && workers >= 1)) throw optionError('workers', 'an integer of at least 1', workers);
    if (!(Number.isInteger(connectionsEach) && connectionsEach >= 1)) {
      throw optionError('connectionsEach', 'an integer of at least 1', connectionsEach);
    }
    const needed = Math.max(workerCount + workers, heldWaiting + workers * (connectionsEach - 1) + 1);
    if (needed > maxConnections) {
      throw new PlatformError(
        reasons.POOL_TOO_SMALL,
        `with ${workers} of ${name}, ${connectionsEach} each, the pool needs ${needed} connections and has ${maxConnections}`,
      );
    }
    workerCount += workers;
    heldWaiting += workers * (connectionsEach - 1);
  };
}
