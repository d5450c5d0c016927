import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@connectrpc/connect';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { startHost } from '@mainstay/service';
import { leakCheck } from '@mainstay/testing';
import { afterEach, expect, test } from 'vitest';
import { registryService } from '../src/service.ts';
import { callerService } from './fixtures/caller-service.ts';
import { usersControl, usersService } from './fixtures/users-service.ts';
import { planFleet } from './fleet.ts';

afterEach(() => {
  usersControl.isHealthy = true;
});

const within = (timeout: number) => ({ timeout, interval: 20 });

test('a service that starts is looked up within 5 s, with what it said of itself', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using users = await fleet.startUsers({ MAINSTAY_VERSION: '9.9.9', MAINSTAY_ZONE: 'eu' });

  await expect.poll(() => fleet.users(), within(5_000)).toHaveLength(1);

  const [found] = (await (await fetch(`${fleet.url}/services/users`)).json()) as Record<string, unknown>[];
  expect(found).toMatchObject({
    id: users.services[0]?.instanceId,
    name: 'users',
    address: users.grpcAddress,
    management_url: users.managementUrl,
    health: 'healthy',
    metadata: { version: '9.9.9', zone: 'eu' },
  });
  expect(await fleet.users('?version=9.9.9')).toHaveLength(1);
  expect(await fleet.users('?version=1.0.0')).toHaveLength(0);
});

test('heartbeats renew last_seen and keep the instance for as long as it lives', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using users = await fleet.startUsers();
  await expect.poll(() => fleet.users()).toHaveLength(1);
  const lastSeen = async () =>
    ((await (await fetch(`${fleet.url}/services/users`)).json()) as { last_seen: string }[])[0]?.last_seen;
  const first = await lastSeen();

  // Longer than it takes a silent instance to be unroutable.
  await expect.poll(lastSeen, within(2_000)).not.toBe(first);
  const second = await lastSeen();
  await expect.poll(lastSeen, within(2_000)).not.toBe(second);

  expect(await fleet.events(users.services[0]?.instanceId ?? '')).not.toContain('draining');
});

test('three instances are three entries, and 300 calls are 100 each', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using _a = await fleet.startUsers();
  await using _b = await fleet.startUsers();
  await using _c = await fleet.startUsers();
  await using caller = await fleet.startCaller();
  await expect.poll(() => caller.resolver.resolve('users'), within(5_000)).toHaveLength(3);

  const answers = await Promise.all(Array.from({ length: 300 }, () => caller.users.validateUser({ userId: 'a' })));

  const counts = new Map<string, number>();
  for (const { reason } of answers) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  expect([...counts.values()]).toEqual([100, 100, 100]);
});

test('a stopped service leaves at once, and callers learn of it', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  const users = await fleet.startUsers();
  await using caller = await fleet.startCaller();
  await expect.poll(() => caller.resolver.resolve('users'), within(5_000)).toHaveLength(1);

  await users.stop();

  expect(await fleet.allUsers()).toEqual([]);
  await expect.poll(() => caller.resolver.resolve('users'), within(1_000)).toHaveLength(0);
  expect(await fleet.events(users.services[0]?.instanceId ?? '')).toEqual(['registered', 'deregistered']);
});

test('after kill -9 an instance is suspect, unroutable, then removed, each said in the audit log', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using users = await fleet.spawnUsers();
  await expect.poll(() => fleet.users(), within(5_000)).toEqual([[users.id, 'healthy']]);

  users.kill('SIGKILL');

  await expect.poll(() => fleet.users(), within(3_000)).toEqual([]);
  expect(await fleet.allUsers()).toEqual([[users.id, 'draining']]);
  await expect.poll(() => fleet.allUsers(), within(4_000)).toEqual([]);
  expect((await fleet.events(users.id)).slice(-3)).toEqual(['suspect', 'draining', 'removed']);
});

test('a process stopped for a while keeps its entry and id; stopped for long it registers again by itself', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using users = await fleet.spawnUsers();
  await expect.poll(() => fleet.users(), within(5_000)).toHaveLength(1);

  users.kill('SIGSTOP');
  await expect.poll(() => fleet.allUsers(), within(2_000)).toEqual([[users.id, 'draining']]);
  users.kill('SIGCONT');
  await expect.poll(() => fleet.users(), within(2_000)).toEqual([[users.id, 'healthy']]);
  expect(await fleet.events(users.id)).not.toContain('removed');

  users.kill('SIGSTOP');
  await expect.poll(() => fleet.allUsers(), within(5_000)).toEqual([]);
  users.kill('SIGCONT');
  await expect.poll(() => fleet.users(), within(5_000)).toEqual([[users.id, 'healthy']]);
});

test('an unready service leaves routing without a restart and comes back, while it goes on beating', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using users = await fleet.startUsers();
  const id = users.services[0]?.instanceId;
  await expect.poll(() => fleet.users(), within(5_000)).toEqual([[id, 'healthy']]);

  usersControl.isHealthy = false;
  await expect.poll(() => fleet.allUsers(), within(1_000)).toEqual([[id, 'unhealthy']]);
  expect(await fleet.users()).toEqual([]);
  usersControl.isHealthy = true;

  await expect.poll(() => fleet.users(), within(1_000)).toEqual([[id, 'healthy']]);
});

test('nothing is registered before readiness is up for the first time', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  usersControl.isHealthy = false;
  await using users = await fleet.startUsers();
  expect((await fetch(`${users.managementUrl}/health/live`)).status).toBe(200);
  // Many looks at the readiness later.
  await expect
    .poll(async () => (await (await fetch(`${users.managementUrl}/health`)).json()) as unknown, within(1_000))
    .toMatchObject({ checks: { control: { failures: expect.toSatisfy((n: number) => n > 5) } } });
  expect(await fleet.allUsers()).toEqual([]);

  usersControl.isHealthy = true;

  await expect.poll(() => fleet.users(), within(1_000)).toHaveLength(1);
});

test('a process that says that it is ready is looked up at once, and a host that says that it is announced, too', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using users = await fleet.spawnUsers();
  expect(await fleet.users()).toEqual([[users.id, 'healthy']]);

  usersControl.isHealthy = false;
  await using unready = await fleet.startUsers();
  const announced = unready.announced(10_000);
  usersControl.isHealthy = true;
  await announced;

  expect(await fleet.users()).toHaveLength(2);
});

test('registry, service and caller in one process find each other without a socket between them', async () => {
  const fleet = await planFleet();
  let users: Client<typeof UsersService> | undefined;
  const caller = callerService((context) => {
    users = context.client(UsersService);
  });
  await using host = await startHost([registryService, usersService, caller], {
    env: fleet.registryEnv,
    logDestination: { write: () => undefined },
  });

  const id = host.services.find(({ name }) => name === 'users')?.instanceId;
  expect(await users?.validateUser({ userId: 'a' })).toMatchObject({ valid: true, reason: id });
  await expect.poll(() => fleet.users(), within(5_000)).toEqual([[id, 'healthy']]);
  await host.stop();
});

test('a stop of the registry with watchers connected takes less than 2 s and leaves nothing open', async () => {
  await using _leaks = leakCheck();
  const fleet = await planFleet();
  const registry = await fleet.startRegistry();
  const caller = await fleet.startCaller();
  await expect.poll(() => caller.resolver.status(), within(5_000)).toMatchObject({ connected: true });
  const startedMs = performance.now();

  await registry.stop();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await caller.host.stop();
});

test('an instance that falls silent but answers its probe is kept, as suspect', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry();
  await using alive = await managementOf((response) => response.writeHead(200).end());
  await fleet.register({ id: 'mute', name: 'users', address: 'h:1', management_url: alive.url });

  await alive.asked;

  await expect.poll(() => fleet.users(), within(2_000)).toEqual([['mute', 'suspect']]);
  expect((await fleet.events('mute')).slice(0, 4)).toEqual(['registered', 'suspect', 'draining', 'suspect']);
});

test('400 look-ups are answered while an instance is probed that does not answer for a minute', async () => {
  const fleet = await planFleet();
  await using _registry = await fleet.startRegistry({
    REGISTRY_PROBE_TIMEOUT_MS: '60000',
    REGISTRY_REMOVE_GRACE_MS: '0',
  });
  await using silent = await managementOf(() => undefined);
  await fleet.register({ id: 'silent', name: 'users', address: 'h:1', management_url: silent.url });
  await silent.asked;

  for (let i = 0; i < 400; i++) await fleet.users();

  expect(await fleet.allUsers()).toEqual([['silent', 'draining']]);
});

async function managementOf(answer: (response: ServerResponse) => void) {
  const asked = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    asked.resolve();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
