import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import type { ComponentStatus } from '../src/client.ts';
import { type FixtureProject, fixtureProject, isAlive, startFixture } from './fixture-fleet.ts';

const controller = fileURLToPath(new URL('./fixtures/controller.ts', import.meta.url));

/** Runs a controller in a process of its own and kills it with -9 once its fleet is up. */
async function startAndKill(project: FixtureProject): Promise<number[]> {
  const child = fork(controller, [project.root, project.dataDir]);
  const [message] = (await once(child, 'message')) as [{ components: ComponentStatus[] }];
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  return message.components.filter(({ name }) => name !== 'controller').map(({ pid }) => pid ?? 0);
}

test('processes drain by themselves when their controller is killed with -9', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }, { name: 'other' }]);
  const pids = await startAndKill(project);

  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  expect((await project.journal()).filter((line) => line.endsWith('orphaned'))).toHaveLength(2);
});

test('the next start ends what did not, and takes over the lock', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'deaf', env: { FIXTURE_DEAF: '1' } }]);
  const [left = 0] = await startAndKill(project);
  const wasAlive = isAlive(left);
  await using started = await startFixture(project);

  expect(wasAlive).toBe(true);
  expect(isAlive(left)).toBe(false);
  expect(isAlive(await started.pid('deaf'))).toBe(true);
  expect(started.events[0]).toMatchObject({ component: 'deaf', line: expect.stringContaining('left it behind') });
});

test('the next start kills what ignores SIGTERM at the limit', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'deaf', env: { FIXTURE_DEAF: '1', FIXTURE_STUBBORN: '1' } }]);
  const [left = 0] = await startAndKill(project);
  await using _ = await startFixture(project, { stopLimitMs: 200 });

  expect(isAlive(left)).toBe(false);
});
