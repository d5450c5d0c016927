import { readFileSync } from 'node:fs';
import type { Clock } from '@mainstay/kernel';
import { z } from 'zod';
import { isSameProcess, processStart } from '../process-identity.ts';
import { writeAtomically } from './write-atomically.ts';

const entrySchema = z.object({ name: z.string(), pid: z.int().positive(), startedAt: z.string() });

type Entry = z.infer<typeof entrySchema>;

/**
 * The processes a controller has started, in a file, so that the next one finds what a killed one left behind.
 *
 * A process is known by pid and start, so that a pid which has come back to somebody else is never touched.
 */
export class ProcessList {
  readonly #path: string;
  #entries: Entry[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Records a started process. */
  add(name: string, pid: number): void {
    const startedAt = processStart(pid);
    if (startedAt === undefined) return;
    this.#entries.push({ name, pid, startedAt });
    this.#write();
  }

  /** Strikes out a process that has ended. */
  remove(pid: number): void {
    this.#entries = this.#entries.filter((entry) => entry.pid !== pid);
    this.#write();
  }

  /**
   * Ends what an earlier controller left behind: asks with SIGTERM, and kills what is still there at the limit.
   *
   * @returns names of what was found alive.
   */
  async endLeftovers(clock: Clock, limitMs: number): Promise<string[]> {
    const alive = this.#read().filter(({ pid, startedAt }) => isSameProcess(pid, startedAt));
    for (const { pid } of alive) signalGroup(pid, 'SIGTERM');
    const giveUpAtMs = clock.monotonicMs() + limitMs;
    let left = alive;
    while (left.length > 0 && clock.monotonicMs() < giveUpAtMs) {
      await clock.sleep(50);
      left = left.filter(({ pid, startedAt }) => isSameProcess(pid, startedAt));
    }
    for (const { pid } of left) signalGroup(pid, 'SIGKILL');
    return alive.map(({ name }) => name);
  }

  #read(): Entry[] {
    try {
      return z.array(entrySchema).parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      // No list, or one that cannot be read: nothing can be said about leftovers, and guessing would kill strangers.
      return [];
    }
  }

  #write(): void {
    writeAtomically(this.#path, JSON.stringify(this.#entries));
  }
}

/** Sends a signal to a process group led by a process, or to the process when it leads none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
