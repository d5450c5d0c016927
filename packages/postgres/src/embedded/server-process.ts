import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programEnvironment } from './cluster.ts';
import type { ServerUser } from './server-user.ts';
import { explainStart, startFailed } from './start-failed.ts';

/**
 * Runs the server as a child of a small shell that watches us: its standard input is a pipe that closes when our process ends in any way,
 * and then it shuts the server down. Without it a `kill -9` of us would leave the server running.
 */
const watcher = `
exec 3<&0
"$0" "$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -INT "$server") </dev/null >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$server"
code=$?
kill "$guard" 2>/dev/null
exit "$code"`;

/** A standby says that its connections are read-only. */
const readyLine = /database system is ready to accept (read-only )?connections/;

/** What {@link startServer} needs. */
export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly user: ServerUser | undefined;
  readonly dataDir: string;
  readonly onLine: (line: string) => void;
  readonly startTimeoutMs: number;
}

/** A running server. */
export interface ServerProcess {
  /** Resolves with the last lines of the server's log when it has ended. */
  readonly ended: Promise<string>;
  /** Lets the watcher shut the server down; the way out when its process number is unknown. */
  release(): void;
}

/**
 * Starts a server and resolves when it takes connections.
 *
 * It gets a session of its own, so that a Ctrl-C in the terminal reaches us and not it.
 *
 * @throws {@link PlatformError} `EMBEDDED_START_FAILED` with the reason in one line; the server is gone then.
 */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn('/bin/sh', ['-c', watcher, options.program, ...options.args], {
    cwd: options.cwd,
    env: programEnvironment,
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
    ...options.user,
  });
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 50) lines.shift();
    options.onLine(line);
    if (readyLine.test(line)) ready.resolve();
  });
  // The pipe to the watcher breaks when the server ends first; that end is reported below.
  child.stdin.on('error', () => undefined);
  const ended = endOf(child).then(() => lines.join('\n'));
  const release = (): void => {
    child.stdin.destroy();
  };

  const timer = setTimeout(() => {
    const limit = Math.round(options.startTimeoutMs / 1_000);
    ready.reject(startFailed(`the embedded PostgreSQL did not become ready within ${limit} s`));
  }, options.startTimeoutMs);
  ended.then(
    (said) => ready.reject(startFailed(explainStart(said, options.dataDir))),
    (error: unknown) => ready.reject(error),
  );
  try {
    await ready.promise;
    return { ended, release };
  } catch (error) {
    release();
    await ended.catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The end of the output is waited for a moment only: children of a server that was killed may keep it open for long. */
const outputLimitMs = 200;

/** Waits for the end of the process. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
    child.once('exit', () => setTimeout(resolve, outputLimitMs).unref());
  });
}
