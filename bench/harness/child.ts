import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a child process runs: functions that take and give JSON. */
export type Subject = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** Sent to a child. */
export interface ChildRequest {
  readonly id: number;
  readonly method: string;
  readonly argument: never;
}

/** Sent by a child; id 0 tells that it is ready. */
export type ChildResponse =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** A process with a subject; disposing ends it. */
export interface Child extends AsyncDisposable {
  /** Runs a method of the subject and gives its answer. */
  call<T>(method: string, argument?: unknown): Promise<T>;
  /** CPU time the whole process has used, all threads, user and system. */
  cpuMicroseconds(): Promise<number>;
  /** Memory of the process as the system counts it. */
  memoryBytes(): Promise<number>;
}

/** What is wrong when a child takes longer than this to start. */
const startLimitMs = 30_000;
/** Time to end by itself, for peers with something to close. */
const endLimitMs = 3_000;

/** Starts a process that imports `module` and calls its `start` with `argument`; waits until that is done. */
export async function openChild(
  module: URL,
  argument: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const main = fileURLToPath(new URL('child-main.ts', import.meta.url));
  const child = fork(main, [module.href, JSON.stringify(argument)], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    // A peer's deprecations are its own business.
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-warning=DeprecationWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const begin = (id: number): Promise<unknown> => {
    const waiter = Promise.withResolvers<unknown>();
    waiting.set(id, waiter);
    return waiter.promise;
  };
  child.on('message', (response: ChildResponse) => {
    const waiter = waiting.get(response.id);
    waiting.delete(response.id);
    if ('error' in response) waiter?.reject(new Error(response.error));
    else waiter?.resolve(response.result);
  });
  child.on('exit', (code, signal) => {
    for (const waiter of waiting.values()) waiter.reject(new Error(`the process ended: ${code ?? signal}`));
  });

  const timer = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
  try {
    await begin(0);
  } catch (error) {
    await end(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  let lastId = 0;
  const call = async <T>(method: string, given?: unknown): Promise<T> => {
    lastId += 1;
    const answer = begin(lastId);
    child.send({ id: lastId, method, argument: given } as ChildRequest);
    return (await answer) as T;
  };
  return {
    call,
    cpuMicroseconds: () => call<number>('cpuMicroseconds'),
    memoryBytes: () => call<number>('memoryBytes'),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endLimitMs);
  await ended;
  clearTimeout(timer);
}
