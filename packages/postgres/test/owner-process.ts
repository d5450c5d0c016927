import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the first line of the fixture says. */
export interface OwnerAnswer {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  readonly error?: string;
}

/** A process of its own that owns a data folder. */
export interface OwnerProcess {
  readonly child: ChildProcess;
  readonly answer: OwnerAnswer;
  /** Next line that it prints. */
  nextLine(): Promise<string>;
  /** Ends it in order and resolves when it is gone. */
  stop(): Promise<void>;
  readonly exited: Promise<unknown>;
}

/** Starts the fixture `owner.ts` in a process group of its own, as a terminal would. */
export async function startOwner(
  dataDir: string,
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<OwnerProcess> {
  const script = fileURLToPath(new URL('fixtures/owner.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    ...user,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  return {
    child,
    answer: JSON.parse(await nextLine()) as OwnerAnswer,
    nextLine,
    exited,
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
