import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from '@connectrpc/connect';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import type { ParentMessage } from '../src/process/parent.ts';

export const internalKey = 'ab'.repeat(32);

type Ready = Extract<ParentMessage, { type: 'mainstay.ready' }>;

/** Starts a fixture as a process of its own; disposing kills what is left of it. */
export function spawnService(main: string, env: Readonly<Record<string, string>> = {}) {
  const child = fork(new URL(`./fixtures/${main}`, import.meta.url), {
    silent: true,
    execArgv: [],
    env: {
      PATH: process.env.PATH ?? '',
      MAINSTAY_INTERNAL_KEY: internalKey,
      // Nobody listens on port 1: a service goes on without a registry.
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_DRAIN_PAUSE_MS: '50',
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  // Not `close`: it never comes for a child whose channel this side has closed.
  const streams = [child.stdout, child.stderr].map(async (stream) => stream && once(stream, 'close'));
  const exited = once(child, 'exit').then(async ([code, signal]) => {
    await Promise.all(streams);
    return [code, signal] as [number | null, NodeJS.Signals | null];
  });
  const first = once(child, 'message') as Promise<[ParentMessage]>;
  return {
    child,
    exited,
    /** The first message of the process. */
    told: async (): Promise<ParentMessage> => (await first)[0],
    ready: async (): Promise<Ready> => {
      const ended = exited.then(() => {
        throw new Error(`the process ended: ${stderr}${stdout}`);
      });
      const [message] = await Promise.race([first, ended]);
      if (message.type !== 'mainstay.ready') throw new Error(message.message);
      return message;
    },
    stderr: () => stderr,
    logs: () =>
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

/** A client of the users fixture at an address, which calls as orders. */
export function usersAt(address: string) {
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'orders' });
  const transport = createDirectTransport({ address, identity, logger: silentLogger, meter: silentMeter });
  const users = createClient(UsersService, transport);
  return { users, [Symbol.asyncDispose]: async () => transport[Symbol.asyncDispose]() };
}

/** Status of a page on a management port. */
export async function statusOf(managementUrl: string, page: string): Promise<number> {
  const response = await fetch(managementUrl + page);
  await response.body?.cancel();
  return response.status;
}
