import { spawn } from 'node:child_process';
import { delimiter, join, resolve as resolvePath } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './workspaces.ts';

/** What a command said and how it ended. */
export interface CommandResult {
  readonly exitCode: number;
  /** Both outputs as they came. */
  readonly output: string;
}

/** How a command runs. */
export interface CommandOptions {
  /** Folder, from the root when relative; default the root. */
  readonly cwd?: string;
  /** After this time the command and all its children are killed; milliseconds, default 15 minutes. */
  readonly limitMs?: number;
  /** Keeps the standard output alone in `output`, for commands whose output is read by a program. */
  readonly stdoutOnly?: boolean;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<number>();

/**
 * Ends every command that still runs, with all its children; for the signal handlers of the process.
 *
 * They get the signal first, and 3 seconds later, when they have not ended, SIGKILL.
 */
export async function endRunningCommands(signal: NodeJS.Signals): Promise<void> {
  const groups = [...running];
  for (const pid of groups) killGroup(pid, signal);
  for (let waitedMs = 0; waitedMs < 3_000 && groups.some(isGroupAlive); waitedMs += 50) await pause(50);
  for (const pid of groups) killGroup(pid, 'SIGKILL');
}

/** Runs a command of the project or of the system and waits for its end; never rejects for a failing command. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const limitMs = options.limitMs ?? 15 * 60_000;
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  return new Promise((resolve) => {
    // A group of its own, so that the limit ends grandchildren too.
    const child = spawn(command, args, {
      cwd: resolvePath(root, options.cwd ?? '.'),
      env: { ...process.env, ...options.env, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    let ending = '';
    if (child.pid !== undefined) running.add(child.pid);
    const timer = setTimeout(() => {
      ending = `\nkilled after ${Math.round(limitMs / 1000)} s`;
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
    }, limitMs);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      if (options.stdoutOnly !== true) chunks.push(chunk);
    });
    const finish = (exitCode: number): void => {
      clearTimeout(timer);
      if (child.pid !== undefined) running.delete(child.pid);
      resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') + ending });
    };
    child.on('error', (error) => {
      ending = `\n${command} did not start: ${error.message}`;
      finish(127);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    // No process of the group is left.
    return false;
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended between the look and the signal: what was wanted.
  }
}
