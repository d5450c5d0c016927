import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { z } from 'zod';
import { signalGroup } from '../data-dir/process-list.ts';
import { lastWords, logSize, openLog } from '../logs/log-file.ts';

const readySchema = z.object({
  type: z.literal('mainstay.ready'),
  instanceId: z.string(),
  services: z.array(z.unknown()).optional(),
  grpcAddress: z.string().optional(),
  managementUrl: z.string().optional(),
  address: z.string().optional(),
});
const failedSchema = z.object({ type: z.literal('mainstay.failed'), message: z.string() });

/** What a process says when it is ready. */
export type ReadyMessage = z.infer<typeof readySchema>;

/** How a process ended, in words. */
export interface ChildExit {
  readonly why: string;
}

/** How a process is spawned. */
export interface SpawnOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Told when a process that is ready says so again, with other addresses. */
  readonly onMoved: (message: ReadyMessage) => void;
}

/** A spawned process. */
export interface SpawnedChild {
  /** 0 when it could not be spawned at all. */
  readonly pid: number;
  /** Resolves when it is ready for the first time; stays open when it never is. */
  readonly ready: Promise<ReadyMessage>;
  readonly exited: Promise<ChildExit>;
  /** Signals the process and its children; `why` becomes the reason of its end. */
  signal(signal: NodeJS.Signals, why?: string): void;
}

/**
 * Spawns a Node process that speaks the platform's messages.
 *
 * It leads a process group of its own, so that Ctrl-C in the terminal reaches the controller only, which then drains
 * in order. Its output goes to the log; it notices the end of the controller by the closing of the channel.
 */
export function spawnChild({ command, cwd, env, logFile, onMoved }: SpawnOptions): SpawnedChild {
  const sinceBytes = logSize(logFile);
  const log = openLog(logFile);
  let child: ChildProcess;
  try {
    const stdio = ['ignore', log, log, 'ipc'] as const;
    child = spawn(process.execPath, [...command], { cwd, env: { ...env }, detached: true, stdio: [...stdio] });
  } finally {
    closeSync(log);
  }
  const pid = child.pid ?? 0;
  let failure: string | undefined;
  let isReady = false;
  const ready = Promise.withResolvers<ReadyMessage>();
  const exited = Promise.withResolvers<ChildExit>();
  child.on('message', (message) => {
    const told = readySchema.safeParse(message);
    if (told.success && isReady) onMoved(told.data);
    if (told.success && !isReady) {
      isReady = true;
      ready.resolve(told.data);
    }
    const failed = failedSchema.safeParse(message);
    if (failed.success) failure = failed.data.message;
  });
  child.on('error', (error) => {
    if (child.pid === undefined) exited.resolve({ why: `it could not be spawned: ${error.message}` });
  });
  child.on('exit', (code, signal) => {
    const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
    const said = failure ?? (signal === null ? lastWords(logFile, sinceBytes) : undefined);
    exited.resolve({ why: said === undefined ? how : `${said} (${how})` });
  });
  return {
    pid,
    ready: ready.promise,
    exited: exited.promise,
    signal(signal, why) {
      failure ??= why;
      if (pid > 0) signalGroup(pid, signal);
    },
  };
}
