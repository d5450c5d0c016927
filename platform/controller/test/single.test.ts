import { fileURLToPath } from 'node:url';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { fixtureProject, isAlive, startFixture } from './fixture-fleet.ts';

const definitions = fileURLToPath(new URL('./fixtures/definitions.ts', import.meta.url));

test('single hosts all definitions in one process named after the fleet, others stay alone', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([
    { name: 'outside', kind: 'external' },
    { name: 'alpha', lines: [`definition: ${definitions}#alphaService`] },
    { name: 'beta', kind: 'edge', lines: [`definition: ${definitions}#betaService`] },
  ]);
  const { fleet } = await startFixture(project, { single: true });
  const status = await fleet.status();
  const pid = status.components.find(({ name }) => name === 'fixture')?.pid ?? 0;

  expect(status.placement).toBe('single');
  expect(status.components.map(({ name }) => name)).toEqual(['controller', 'outside', 'fixture']);
  expect(status.components.at(-1)).toMatchObject({ health: 'ready', services: ['alpha', 'beta'] });
  expect(fleet.environment('beta')).toEqual(fleet.environment('fixture'));
  await expect(fleet.restart('alpha')).rejects.toThrow('alpha runs in the process fixture together with the others');
  await fleet[Symbol.asyncDispose]();
  expect(isAlive(pid)).toBe(false);
});

test('a definition that its module does not export is told by name', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'alpha', lines: [`definition: ${definitions}#gammaService`] }]);

  await expect(startFixture(project, { single: true })).rejects.toThrow(/fixture did not start: .*gammaService/);
});
