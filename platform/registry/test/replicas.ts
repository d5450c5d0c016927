import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@connectrpc/connect';
import { defineConfig } from '@mainstay/config';
import { EchoService } from '@mainstay/contracts/mainstay/echo/v1/echo';
import { defineService, type Host, type ServiceContext, startHost } from '@mainstay/service';
import { expect } from 'vitest';
import { planFleet } from './fleet.ts';

/** One replica, a process of its own. */
export interface Replica extends AsyncDisposable {
  readonly id: string;
  /** Sends a signal and resolves with the exit code, null after SIGKILL. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/** What `/stats` says of the echo service. */
export interface EchoStats {
  readonly policy: string;
  readonly endpoints: number;
  readonly picks: number;
  readonly by_endpoint: readonly {
    readonly id: string;
    readonly use: string;
    readonly warmth: number;
    readonly picks: number;
    readonly successes: number;
    readonly errors: number;
  }[];
}

/** A registry, replicas of the echo service, and a service that calls them. */
export interface Replicas extends AsyncDisposable {
  readonly echo: Client<typeof EchoService>;
  start(): Promise<Replica>;
  /** Resolves when registry and caller know exactly these. */
  known(replicas: readonly Replica[]): Promise<void>;
  /** Calls one after the other, several at a time; gives how many each replica answered, and the failures. */
  calls(count: number): Promise<{ readonly counts: Readonly<Record<string, number>>; readonly failures: unknown[] }>;
  stats(): Promise<EchoStats>;
  /** Puts the policy of a file in force. */
  configure(policy: object): Promise<void>;
}

const callers = 8;

export async function startReplicas(engine: 'node' | 'wire', policy: object): Promise<Replicas> {
  const parts = new AsyncDisposableStack();
  const fleet = await planFleet();
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-replicas-'));
  parts.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, 'mainstay.json');
  const write = (description: object): Promise<void> =>
    writeFile(file, JSON.stringify({ mainstay: { balancing: { echo: description } } }));
  await write(policy);
  const env = { ...fleet.shared, MAINSTAY_RPC_ENGINE: engine };
  // Beats as in a fleet on one machine: a busy one must not lose them.
  parts.use(await fleet.startRegistry({ MAINSTAY_RPC_ENGINE: engine, REGISTRY_HEARTBEAT_INTERVAL_MS: '2000' }));
  const { host, context } = await startCaller({ ...env, MAINSTAY_CONFIG: file });
  parts.use(host);
  const echo = context.client(EchoService);

  return {
    echo,
    async start() {
      const replica = await spawnReplica(env);
      parts.use(replica);
      return replica;
    },
    async known(replicas) {
      const wanted = replicas.map(({ id }) => id).toSorted();
      const registered = async (): Promise<string[]> => {
        const found = (await (await fetch(`${fleet.url}/services/echo`)).json()) as { id: string }[];
        return found.map(({ id }) => id).toSorted();
      };
      const resolved = (): string[] =>
        context.resolver
          .resolve('echo')
          .map(({ id }) => id)
          .toSorted();
      await expect
        .poll(async () => [await registered(), resolved()], { timeout: 60_000, interval: 50 })
        .toEqual([wanted, wanted]);
    },
    async calls(count) {
      const counts: Record<string, number> = {};
      const failures: unknown[] = [];
      let begun = 0;
      const caller = async (): Promise<void> => {
        while (begun++ < count) {
          try {
            const { server } = await echo.echo({});
            counts[server?.id ?? 'none'] = (counts[server?.id ?? 'none'] ?? 0) + 1;
          } catch (error) {
            failures.push(error);
          }
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      return { counts, failures };
    },
    async stats() {
      const { upstreams } = (await (await fetch(`${host.managementUrl}/stats`)).json()) as { upstreams: EchoStats[] };
      return upstreams[0] as EchoStats;
    },
    async configure(description) {
      await write(description);
      host.reload();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function startCaller(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly host: Host; readonly context: ServiceContext<never> }> {
  const started = Promise.withResolvers<ServiceContext<never>>();
  const definition = defineService({
    name: 'caller',
    version: '1.0.0',
    config: defineConfig({ name: 'caller', keys: {} }),
    calls: [EchoService],
    async start(context) {
      started.resolve(context as ServiceContext<never>);
      return {};
    },
  });
  const host = await startHost([definition], { env, logDestination: { write: () => undefined } });
  return { host, context: await started.promise };
}

async function spawnReplica(env: Readonly<Record<string, string>>): Promise<Replica> {
  const child = fork(new URL('./fixtures/echo-main.ts', import.meta.url), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const [message] = (await once(child, 'message')) as [{ instanceId: string }];
  return {
    id: message.instanceId,
    async end(signal) {
      child.kill(signal);
      return (await exited)[0];
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}
