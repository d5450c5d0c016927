import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A line that a holder prints. */
export interface HolderLine {
  readonly what: 'held' | 'stopped' | 'ended' | 'released';
  readonly atMs: number;
  readonly epoch: number;
  readonly reason?: string;
  readonly refusedCount?: number;
}

/** The fixture `holder.ts` in a process of its own. */
export interface HolderProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Everything that it printed so far. */
  readonly lines: readonly HolderLine[];
  /** First line of that kind, also a future one. */
  next(what: HolderLine['what']): Promise<HolderLine>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** Starts a process that works under the lease `relay` whenever it gets it. */
export function startHolder(options: {
  readonly url: string;
  readonly owner: string;
  readonly ttlMs: number;
  /** Writes that it has to see refused before it lets go of a lost lease; default 0. */
  readonly stubbornness?: number;
}): HolderProcess {
  const script = fileURLToPath(new URL('fixtures/holder.ts', import.meta.url));
  const { url, owner, ttlMs, stubbornness = 0 } = options;
  const child = spawn(process.execPath, [script, url, owner, String(ttlMs), String(stubbornness)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines: HolderLine[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as HolderLine);
    for (const look of waiting) look();
  });
  return {
    child,
    lines,
    next(what) {
      const { promise, resolve } = Promise.withResolvers<HolderLine>();
      const look = (): void => {
        const found = lines.find((line) => line.what === what);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      return promise;
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
