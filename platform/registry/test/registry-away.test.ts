import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planFleet } from './fleet.ts';

const within = (timeout: number) => ({ timeout, interval: 20 });

test('a registry that comes later is found: the service served all the time', async () => {
  const fleet = await planFleet();
  await using users = await fleet.startUsers();
  await expect
    .poll(async () => (await (await fetch(`${users.managementUrl}/health`)).json()) as unknown)
    .toMatchObject({ status: 'up', details: { registration: { state: 'registering' } } });

  await using _registry = await fleet.startRegistry();

  await expect.poll(() => fleet.users(), within(8_000)).toHaveLength(1);
});

test('callers go on while the registry is away, and all is back one beat and 5 s after it restarts empty', async () => {
  const fleet = await planFleet();
  const before = await fleet.startRegistry();
  await using users = await fleet.startUsers();
  await using caller = await fleet.startCaller();
  await expect.poll(() => caller.resolver.resolve('users'), within(5_000)).toHaveLength(1);
  let failed = 0;
  const calls = setInterval(() => {
    caller.users.validateUser({ userId: 'a' }).catch(() => failed++);
  }, 10);

  await before.stop();
  await expect.poll(() => caller.resolver.status(), within(2_000)).toMatchObject({ connected: false });
  const page = (await (await fetch(`${caller.host.managementUrl}/health`)).json()) as Record<string, unknown>;
  expect(page).toMatchObject({ status: 'up', details: { discovery: { connected: false } } });
  expect(await caller.users.validateUser({ userId: 'a' })).toMatchObject({ valid: true });

  await using _after = await fleet.startRegistry();
  await expect.poll(() => fleet.users(), within(5_200)).toEqual([[users.services[0]?.instanceId, 'healthy']]);
  await expect.poll(() => caller.resolver.status(), within(8_000)).toMatchObject({ connected: true, staleForMs: 0 });
  clearInterval(calls);

  expect(failed).toBe(0);
});

test('a registry that restarts with its state file knows everyone at once, as suspect until they beat', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-registry-'));
  const env = { REGISTRY_STATE_FILE: join(folder, 'state.json') };
  const fleet = await planFleet();
  const before = await fleet.startRegistry(env);
  await using users = await fleet.spawnUsers();
  await expect.poll(() => fleet.users(), within(5_000)).toHaveLength(1);
  users.kill('SIGSTOP');
  await before.stop();

  await using _after = await fleet.startRegistry(env);
  expect(await fleet.users()).toEqual([[users.id, 'suspect']]);
  users.kill('SIGCONT');

  await expect.poll(() => fleet.users(), within(8_000)).toEqual([[users.id, 'healthy']]);
  await rm(folder, { recursive: true });
});

test('of two registries the second takes over when the first goes away', async () => {
  const [first, second] = [await planFleet(), await planFleet()];
  const both = {
    MAINSTAY_REGISTRY_ADDRESS: [first, second].map((f) => f.registryEnv.MAINSTAY_REGISTRY_ADDRESS).join(),
  };
  const firstRegistry = await first.startRegistry();
  await using _secondRegistry = await second.startRegistry();
  await using _users = await first.startUsers(both);
  await using caller = await first.startCaller(both);
  await expect.poll(() => caller.resolver.resolve('users'), within(5_000)).toHaveLength(1);

  await firstRegistry.stop();

  await expect.poll(() => second.users(), within(8_000)).toHaveLength(1);
  await expect.poll(() => caller.resolver.status(), within(8_000)).toMatchObject({ connected: true });
  expect(await caller.users.validateUser({ userId: 'a' })).toMatchObject({ valid: true });
});

test('an instance that dies while the registry is away is avoided after its first failed call', async () => {
  const fleet = await planFleet();
  const registry = await fleet.startRegistry();
  await using dying = await fleet.spawnUsers();
  await using _other = await fleet.startUsers();
  await using caller = await fleet.startCaller();
  await expect.poll(() => caller.resolver.resolve('users'), within(5_000)).toHaveLength(2);
  await registry.stop();
  dying.kill('SIGKILL');
  await dying.exited;

  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => caller.users.validateUser({ userId: 'a' })),
  );

  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(caller.resolver.resolve('users')).toHaveLength(1);
});
