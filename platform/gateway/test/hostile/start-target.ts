import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { HttpEngineName } from '@mainstay/http1';

/** What a gateway holds after a collection of garbage. */
export interface TargetState {
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly sockets: number;
  readonly timers: number;
  readonly streams: number;
  /** Requests that reached a service though no strict reader sees them. */
  readonly smuggled: number;
}

/** A gateway in a process of its own, with services behind it. */
export interface Target extends AsyncDisposable {
  readonly port: number;
  state(): Promise<TargetState>;
  /** Why the process ended; undefined while it runs. */
  crash(): string | undefined;
}

/** Starts the gateway that is attacked, so that a crash of it is seen as one. */
export async function startTarget(engine: HttpEngineName | undefined): Promise<Target> {
  const child = fork(fileURLToPath(new URL('../fixtures/hostile-target.ts', import.meta.url)), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...(engine !== undefined && { MAINSTAY_HTTP_ENGINE: engine }) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-4_000);
  });
  let crash: string | undefined;
  const exited = once(child, 'exit').then(([code, signal]) => {
    crash = `the gateway ended with ${code ?? signal}: ${errors}`;
  });
  const answer = async (): Promise<unknown> => {
    const told = await Promise.race([once(child, 'message'), exited]);
    if (told === undefined) throw new TypeError(crash);
    return told[0];
  };
  const port = (await answer()) as number;
  return {
    port,
    crash: () => crash,
    async state() {
      const told = answer();
      child.send('state');
      return (await told) as TargetState;
    },
    async [Symbol.asyncDispose]() {
      if (crash === undefined) child.send('stop');
      await exited;
    },
  };
}
