import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const entry = fileURLToPath(new URL('./fixtures/process.ts', import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly finished: Promise<Finished>;
  /** Resolves when the output so far matches. */
  saw(pattern: RegExp): Promise<void>;
}

/** A project with a fleet of fixture processes. */
export interface Project extends AsyncDisposable {
  readonly root: string;
  command(args: readonly string[], env?: NodeJS.ProcessEnv): Running;
  run(...args: string[]): Promise<Finished>;
  /** Pids of all processes the fleet has started so far, as its status shows them. */
  pids(): Promise<number[]>;
}

/** @param environments - by process name, what each fixture is given. */
export async function createProject(
  environments: Readonly<Record<string, Readonly<Record<string, string>>>>,
  top: readonly string[] = [],
): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'mainstay-cli-'));
  const processes = Object.entries(environments).flatMap(([name, env]) => [
    `  - { name: ${name}, kind: service, entry: ${entry}, environment: ${JSON.stringify(env)} }`,
  ]);
  await writeFile(join(root, 'fleet.yaml'), ['name: demo', ...top, 'processes:', ...processes].join('\n'));
  const command = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Running =>
    runCommand(args, { cwd: root, env });
  const run = (...args: string[]): Promise<Finished> => command(args).finished;
  return {
    root,
    command,
    run,
    async pids() {
      const list = JSON.parse(await readFile(join(root, '.mainstay', 'processes.json'), 'utf8')) as { pid: number }[];
      return list.map(({ pid }) => pid);
    },
    async [Symbol.asyncDispose]() {
      await run('down');
      await rm(root, { recursive: true, force: true });
    },
  };
}

function runCommand(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    child,
    finished,
    async saw(pattern) {
      while (!pattern.test(stdout)) {
        const ended = await Promise.race([once(child.stdout, 'data').then(() => undefined), finished]);
        if (ended !== undefined && !pattern.test(stdout)) {
          throw new Error(`ended with ${ended.code} and never said ${pattern}: ${stdout}${stderr}`);
        }
      }
    },
  };
}

/** Whether a process still runs; one that has ended but was not waited for does not. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

export async function anyAlive(pids: readonly number[]): Promise<boolean> {
  return (await Promise.all(pids.map(isAlive))).includes(true);
}
