import { fork } from 'node:child_process';
import { once } from 'node:events';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { type Host, type ServiceContext, startHost } from '@mainstay/service';
import { freePort } from '@mainstay/testing';
import { registryService } from '../src/service.ts';
import { callerService } from './fixtures/caller-service.ts';
import { usersService } from './fixtures/users-service.ts';

const internalKey = 'cd'.repeat(32);
const logDestination = { write: () => undefined };

/** Ports and environment of one fleet; heartbeats every 200 ms, so suspect at 400, unroutable at 600, gone at 1,600. */
export async function planFleet() {
  const grpcPort = await freePort();
  const httpPort = await freePort();
  const shared = {
    MAINSTAY_INTERNAL_KEY: internalKey,
    MAINSTAY_REGISTRY_ADDRESS: `127.0.0.1:${grpcPort}`,
    MAINSTAY_READINESS_INTERVAL_MS: '50',
    MAINSTAY_DRAIN_PAUSE_MS: '0',
  };
  const registryEnv = {
    ...shared,
    MAINSTAY_GRPC_PORT: String(grpcPort),
    REGISTRY_HTTP_PORT: String(httpPort),
    REGISTRY_HEARTBEAT_INTERVAL_MS: '200',
    REGISTRY_REMOVE_GRACE_MS: '1000',
    REGISTRY_PROBE_TIMEOUT_MS: '300',
  };
  const url = `http://127.0.0.1:${httpPort}`;
  const get = async (path: string) => (await (await fetch(url + path)).json()) as Record<string, unknown>[];
  return {
    url,
    shared,
    registryEnv,
    startRegistry: (env: Record<string, string> = {}): Promise<Host> =>
      startHost([registryService], { env: { ...registryEnv, ...env }, logDestination }),
    startUsers: (env: Record<string, string> = {}): Promise<Host> =>
      startHost([usersService], { env: { ...shared, ...env }, logDestination }),
    /** Users as a process of its own, for what cannot be done to this one; disposing kills it. */
    async spawnUsers() {
      const child = fork(new URL('./fixtures/users-main.ts', import.meta.url), {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: { PATH: process.env.PATH ?? '', ...shared },
      });
      const exited = once(child, 'exit');
      const [message] = (await once(child, 'message')) as [{ instanceId: string }];
      return {
        id: message.instanceId,
        kill: (signal: NodeJS.Signals) => child.kill(signal),
        exited,
        async [Symbol.asyncDispose]() {
          child.kill('SIGKILL');
          if (child.exitCode === null && child.signalCode === null) await exited;
        },
      };
    },
    /** A caller of users, with the context of a service. */
    async startCaller(env: Record<string, string> = {}) {
      const started = Promise.withResolvers<Pick<ServiceContext<never>, 'client' | 'resolver'>>();
      const definition = callerService((context) => started.resolve(context));
      const host = await startHost([definition], { env: { ...shared, ...env }, logDestination });
      const { client, resolver } = await started.promise;
      return {
        host,
        users: client(UsersService),
        resolver,
        [Symbol.asyncDispose]: () => host.stop(),
      };
    },
    register: (instance: object): Promise<Response> =>
      fetch(`${url}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(instance),
      }),
    /** Routable instances of users, as id and health. */
    async users(query = ''): Promise<readonly (readonly [unknown, unknown])[]> {
      return (await get(`/services/users${query}`)).map(({ id, health }) => [id, health] as const);
    },
    allUsers: async () => (await get('/services/users?include_unroutable=true')).map(({ id, health }) => [id, health]),
    /** Events of an instance, oldest first. */
    async events(id: string): Promise<unknown[]> {
      const records = await get('/audit?limit=1000');
      return records
        .filter(({ instance_id }) => instance_id === id)
        .map(({ event }) => event)
        .reverse();
    },
  };
}
