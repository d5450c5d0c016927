import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { testDatabase } from '@mainstay/postgres/testing';
import { expect, test } from 'vitest';
import { spawnService, statusOf, usersAt } from './spawn-service.ts';

/** Resolves when a call is running in the service. */
async function untilInFlight(managementUrl: string): Promise<void> {
  const inFlight = async (): Promise<unknown> => {
    const page = (await (await fetch(`${managementUrl}/health`)).json()) as { details: Record<string, unknown> };
    return page.details.calls_in_flight;
  };
  await expect.poll(inFlight).toBe(1);
}

test('tells its parent where it is, and is live, started and ready', async () => {
  await using service = spawnService('users-main.ts');

  const ready = await service.ready();

  expect(ready).toMatchObject({ services: ['users'], grpcAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
  for (const page of ['/health/live', '/health/startup', '/health/ready', '/health', '/metrics']) {
    expect([page, await statusOf(ready.managementUrl, page)]).toEqual([page, 200]);
  }
  await using at = usersAt(ready.grpcAddress ?? '');
  expect(await at.users.validateUser({ userId: 'a' })).toMatchObject({ valid: true, reason: ready.instanceId });
});

test('on SIGTERM it is unready but live, ends the running call with success, takes no new one, and exits with 0', async () => {
  await using service = spawnService('users-main.ts');
  const { grpcAddress = '', managementUrl } = await service.ready();
  await using at = usersAt(grpcAddress);
  await using other = usersAt(grpcAddress);
  const running = at.users.validateUser({ userId: 'slow-1500' });
  await untilInFlight(managementUrl);

  service.child.kill('SIGTERM');
  await expect.poll(() => statusOf(managementUrl, '/health/ready')).toBe(503);
  expect(await statusOf(managementUrl, '/health/live')).toBe(200);
  await expect
    .poll(() =>
      other.users.validateUser({ userId: 'a' }).then(
        () => 'served',
        () => 'refused',
      ),
    )
    .toBe('refused');

  expect(await running).toMatchObject({ valid: true });
  expect(await service.exited).toEqual([0, null]);
  expect(service.logs().map(({ msg }) => msg)).toEqual(expect.arrayContaining(['draining', 'drained', 'stopped']));
  expect(service.stderr()).toBe('');
});

test('a call that outlives the drain limit of 200 ms is cut off, and the exit code is still 0', async () => {
  await using service = spawnService('users-main.ts', { MAINSTAY_DRAIN_TIMEOUT_MS: '200' });
  const { grpcAddress = '', managementUrl } = await service.ready();
  await using at = usersAt(grpcAddress);
  const running = at.users.validateUser({ userId: 'slow-60000' }).then(
    () => 'served',
    (error) => error.code,
  );
  await untilInFlight(managementUrl);
  const startedMs = performance.now();

  service.child.kill('SIGTERM');

  expect(await service.exited).toEqual([0, null]);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(await running).not.toBe('served');
});

test('a second SIGTERM ends it at once with 143', async () => {
  await using service = spawnService('users-main.ts');
  const { grpcAddress = '', managementUrl } = await service.ready();
  await using at = usersAt(grpcAddress);
  const running = at.users.validateUser({ userId: 'slow-60000' }).catch(() => 'cut off');
  await untilInFlight(managementUrl);

  service.child.kill('SIGTERM');
  await expect.poll(() => statusOf(managementUrl, '/health/ready')).toBe(503);
  // Two signals within 300 ms count as one.
  await pause(400);
  service.child.kill('SIGTERM');

  expect(await service.exited).toEqual([143, null]);
  expect(await running).toBe('cut off');
});

test('SIGINT of a Ctrl-C followed by the SIGTERM of the parent is one wish: it still drains', async () => {
  await using service = spawnService('users-main.ts');
  const { grpcAddress = '', managementUrl } = await service.ready();
  await using at = usersAt(grpcAddress);
  const running = at.users.validateUser({ userId: 'slow-1000' });
  await untilInFlight(managementUrl);

  service.child.kill('SIGINT');
  await expect.poll(() => statusOf(managementUrl, '/health/ready')).toBe(503);
  service.child.kill('SIGTERM');

  expect(await running).toMatchObject({ valid: true });
  expect(await service.exited).toEqual([0, null]);
});

test('when its parent goes away it drains and exits', async () => {
  await using service = spawnService('users-main.ts');
  await service.ready();

  service.child.disconnect();

  expect(await service.exited).toEqual([0, null]);
});

test('wrong configuration is exit code 1, one line on stderr with every problem, and a message to the parent', async () => {
  await using service = spawnService('users-main.ts', {
    USERS_LIMIT: '0',
    USERS_LIMITT: '3',
    MAINSTAY_LOG_LEVEL: 'loud',
  });

  const told = await service.told();
  expect(await service.exited).toEqual([1, null]);

  expect(service.stderr().trimEnd().split('\n')).toHaveLength(1);
  expect(service.stderr()).toMatch(/^users: .*USERS_LIMITT.*did you mean USERS_LIMIT\?.*\[CONFIG_INVALID\]\n$/);
  expect(service.stderr()).toContain('log_level');
  expect(told).toEqual({ type: 'mainstay.failed', message: service.stderr().trimEnd() });
});

test.each(['MAINSTAY_GRPC_PORT', 'MAINSTAY_MANAGEMENT_PORT'])(
  'a taken %s is exit code 1 and one line',
  async (name) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await using service = spawnService('users-main.ts', { [name]: String(port) });

    expect(await service.exited).toEqual([1, null]);
    taken.close();

    expect(service.stderr()).toMatch(new RegExp(`^users: .*${port}.*EADDRINUSE.*\\n$`));
  },
);

test('production without an internal key is exit code 1', async () => {
  await using service = spawnService('users-main.ts', { MAINSTAY_MODE: 'production', MAINSTAY_INTERNAL_KEY: '' });

  expect(await service.exited).toEqual([1, null]);
  expect(service.stderr()).toContain('INTERNAL_KEY_MISSING');
});

test('a failing migration is exit code 1 and one line, and nothing of it stays', async () => {
  await using stored = await testDatabase();
  await stored.database.query('CREATE TABLE views (other integer)');
  await using service = spawnService('stored-main.ts', { PRODUCTS_DATABASE_URL: stored.url });

  expect(await service.exited).toEqual([1, null]);
  expect(service.stderr()).toMatch(/^products: .*0001-create-views.*already exists.*\[MIGRATION_FAILED\]\n$/);
});

test('an address where no database answers is exit code 1 after the wait', async () => {
  await using service = spawnService('stored-main.ts', {
    PRODUCTS_DATABASE_URL: 'postgres://products:pw@127.0.0.1:1/products',
    MAINSTAY_DATABASE_WAIT_MS: '300',
  });

  expect(await service.exited).toEqual([1, null]);
  expect(service.stderr()).toMatch(/^products: .*did not answer within 300 ms.*\[HOST_DATABASE_WAIT_ENDED\]\n$/);
  expect(service.logs().map(({ msg }) => msg)).toContainEqual(expect.stringContaining('waiting for the database'));
});

test('SIGTERM while it waits for its database ends it with 0', async () => {
  await using service = spawnService('stored-main.ts', {
    PRODUCTS_DATABASE_URL: 'postgres://products:pw@127.0.0.1:1/products',
  });
  const said = () => service.logs().map(({ msg }) => msg);
  await expect.poll(said, { timeout: 10_000 }).toContainEqual(expect.stringContaining('waiting'));

  service.child.kill('SIGTERM');

  expect(await service.exited).toEqual([0, null]);
  expect(service.stderr()).toBe('');
});

test('kill@2 kills the process at the second time its fault point is reached, and the caller sees a lost connection', async () => {
  await using service = spawnService('users-main.ts', { MAINSTAY_FAULT_POINTS: 'users.validate=kill@2' });
  const { grpcAddress = '' } = await service.ready();
  await using at = usersAt(grpcAddress);

  expect(await at.users.validateUser({ userId: 'fault' })).toMatchObject({ valid: true });
  await expect(at.users.validateUser({ userId: 'fault' })).rejects.toMatchObject({ code: 'unavailable' });

  expect(await service.exited).toEqual([null, 'SIGKILL']);
});

test('a rejection that nobody catches is logged and ends the process with 2', async () => {
  await using service = spawnService('users-main.ts');
  const { grpcAddress = '' } = await service.ready();
  await using at = usersAt(grpcAddress);

  await at.users.validateUser({ userId: 'crash' }).catch(() => undefined);

  expect(await service.exited).toEqual([2, null]);
  expect(service.logs().at(-1)).toMatchObject({ level: 'error', kind: 'unhandledRejection', service: 'users' });
  expect(JSON.stringify(service.logs().at(-1))).toContain('nobody caught this');
});
