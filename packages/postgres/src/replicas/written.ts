import type { WrittenPositions } from '@mainstay/kernel/context';
import { currentContext, withContext } from '@mainstay/kernel/context';

/** Databases that one token names at most, and its length; a call writes to one, rarely to two. */
const maxDatabases = 8;
const maxTokenLength = 512;

const entryShape = /^([a-z][a-z0-9_-]{0,62})\.([0-9a-f]{1,16})$/;

class Positions implements WrittenPositions {
  readonly #positions: Map<string, bigint>;

  constructor(positions: Iterable<readonly [database: string, position: bigint]>) {
    this.#positions = new Map(positions);
  }

  of(database: string): bigint | undefined {
    return this.#positions.get(database);
  }

  raise(database: string, position: bigint): void {
    if (position > (this.#positions.get(database) ?? -1n)) this.#positions.set(database, position);
  }

  token(): string | undefined {
    if (this.#positions.size === 0) return undefined;
    const entries = [...this.#positions].map(([database, position]) => `${database}.${position.toString(16)}`);
    return entries.slice(-maxDatabases).join('~');
  }
}

/** What {@link readYourWrites} takes over from an earlier call. */
export interface ReadYourWritesOptions {
  /** Token of {@link writtenToken}, of this or another process; one that cannot be read counts as none. */
  readonly after?: string | undefined;
}

/**
 * Runs a function whose reads see what it wrote, and what the token says, also when they run on a replica.
 *
 * Each transaction of the function notes how far the log had come when it was committed; a read waits a moment for a replica that is so far, and runs on the
 * primary otherwise. What others do on its behalf, outside of the call, is not noted.
 *
 * Cost: no trip; the question goes to the server with COMMIT.
 *
 * @example
 * const token = await readYourWrites({}, async () => {
 *   await database.transaction((tx) => tx.query('UPDATE prices SET amount = 3'));
 *   return writtenToken();
 * });
 * await readYourWrites({ after: token }, () => database.reads.query('SELECT amount FROM prices'));
 */
export function readYourWrites<T>({ after }: ReadYourWritesOptions, run: () => T): T {
  const entries = after === undefined ? [] : parseToken(after);
  const around = currentContext()?.written;
  if (around === undefined) return withContext({ written: new Positions(entries) }, run);
  for (const [database, position] of entries) around.raise(database, position);
  return run();
}

/** What a later call has to be given to see what this one wrote; undefined when it wrote nothing or nobody keeps count. Holds names of databases and numbers. */
export function writtenToken(): string | undefined {
  const written = currentContext()?.written;
  return written instanceof Positions ? written.token() : undefined;
}

function parseToken(token: string): readonly (readonly [string, bigint])[] {
  if (token.length > maxTokenLength) return [];
  const entries = token.split('~').map((entry) => entryShape.exec(entry));
  if (entries.length > maxDatabases || entries.includes(null)) return [];
  return entries.map((match) => [match![1]!, BigInt(`0x${match![2]!}`)]);
}
