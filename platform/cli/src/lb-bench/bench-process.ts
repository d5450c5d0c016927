import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';

/** What a process of the bench tells when it is asked. */
export interface ProcessReport {
  /** Connections taken so far, of an L4 proxy. */
  readonly connections?: number;
  /** Calls passed on so far by `host:port` of the instance, of an L7 proxy. */
  readonly passedOn?: Readonly<Record<string, number>>;
}

/** What the child sends: where it listens, then answers. */
export type ChildMessage =
  | { readonly type: 'ready'; readonly address: string }
  | { readonly type: 'report'; readonly report: ProcessReport };

/** An instance or a proxy in a process of its own; disposing ends it. */
export interface BenchProcess extends AsyncDisposable {
  readonly address: string;
  report(): Promise<ProcessReport>;
  /** Sends a signal, and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Entry files of the processes. */
export const entries = {
  echo: new URL('echo-process.ts', import.meta.url),
  l4: new URL('l4-proxy-process.ts', import.meta.url),
  l7: new URL('l7-proxy-process.ts', import.meta.url),
};

/**
 * Starts a process of the bench and waits until it listens.
 *
 * @param args - what the entry file takes, as JSON.
 * @throws {@link PlatformError} `unavailable` / `LB_BENCH_PROCESS_FAILED` when it ends before it listens.
 */
export async function startBenchProcess(
  entry: URL,
  args: object,
  env: Readonly<Record<string, string | undefined>>,
): Promise<BenchProcess> {
  const child = fork(fileURLToPath(entry), [JSON.stringify(args)], {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = once(child, 'exit');
  const next = async (): Promise<ChildMessage> => {
    const [message] = (await Promise.race([once(child, 'message'), exited])) as [ChildMessage | number | null];
    if (typeof message === 'object' && message !== null) return message;
    const why = stderr.trim() === '' ? `exit code ${message}` : stderr.trim();
    throw new PlatformError(cliReasons.LB_BENCH_PROCESS_FAILED, `${fileURLToPath(entry)} ended: ${why}`);
  };
  const first = await next();
  return {
    address: first.type === 'ready' ? first.address : '',
    async report() {
      child.send('report');
      const answer = await next();
      return answer.type === 'report' ? answer.report : {};
    },
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

/** The side of the child: says where it listens, answers questions, and ends with its parent. */
export function serveBench(address: string, report: () => ProcessReport = () => ({})): void {
  const tell = (message: ChildMessage): void => void process.send?.(message);
  process.on('message', () => tell({ type: 'report', report: report() }));
  process.on('disconnect', () => process.exit(0));
  tell({ type: 'ready', address });
}
