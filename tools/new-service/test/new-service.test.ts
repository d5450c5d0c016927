import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixedPorts } from '@mainstay/kernel';
import { freePortOffset } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandResult, runCommand } from '../../run-command.ts';
import { copyTree, type TreeCopy } from './copy-of-tree.ts';
import { shrinkFleet } from './small-fleet.ts';

let tree: TreeCopy;
let made: CommandResult;

beforeAll(async () => {
  tree = await copyTree();
  made = await run('node', ['tools/new-service/main.ts', 'reviews']);
}, 120_000);

afterAll(() => tree[Symbol.asyncDispose]());

// The repository's own binaries by their place in the copy, so that everything resolves there.
function run(command: string, args: readonly string[]): Promise<CommandResult> {
  return runCommand(command, args, { cwd: tree.path, limitMs: 120_000 });
}

test('the generator ends well, tells what it wrote and what to do next', () => {
  expect(made.output).toContain('wrote shop/reviews/src/service.ts');
  expect(made.output).toContain('added to fleet.yaml');
  expect(made.output).toContain('curl http://127.0.0.1:8080/v1/reviews/');
  expect(made.exitCode).toBe(0);
});

test('the contract of the new service is among all services, and its reason in the reference', async () => {
  const services = await readFile(join(tree.path, 'contracts/gen/services.ts'), 'utf8');
  const errors = await readFile(join(tree.path, 'docs/reference/errors.md'), 'utf8');

  expect(services).toContain('reviews_v1_ReviewsService,');
  expect(errors).toContain('| `REVIEW_NOT_FOUND` | not_found | 404 |');
});

test.each([
  ['format', 'biome', ['ci', 'shop/reviews', 'contracts']],
  ['lint', 'oxlint', ['--type-aware', 'shop/reviews']],
  ['types', 'tsc', ['--noEmit', '-p', 'tsconfig.reviews.json']],
  ['contract lint', 'buf', ['lint', 'contracts']],
])('what was made passes %s', { timeout: 60_000 }, async (_title, command, args) => {
  const config = { extends: './tsconfig.base.json', include: ['shop/reviews'] };
  await writeFile(join(tree.path, 'tsconfig.reviews.json'), JSON.stringify(config));

  const { exitCode, output } = await run(command, args);

  expect(exitCode, output).toBe(0);
});

test('what was made breaks no layer', async () => {
  const { output } = await run('depcruise', ['--output-type', 'err', 'shop/reviews']);

  expect(output).toContain('modules');
  expect(output).not.toContain('shop/reviews');
});

test("the new service's own tests, and those of the contracts, pass", { timeout: 120_000 }, async () => {
  const { exitCode, output } = await run('vitest', ['run', 'shop/reviews', 'contracts/test', '--reporter=dot']);

  expect(exitCode, output).toBe(0);
});

test('in a fleet the new service registers, and the gateway routes to it', { timeout: 120_000 }, async () => {
  await shrinkFleet(tree.path, ['registry', 'reviews', 'gateway']);
  const { gateway, registryHttp } = fixedPorts;
  const offset = await freePortOffset();
  const mainstay = (...args: string[]) => run('node', ['platform/cli/src/main.ts', ...args]);

  const up = await mainstay('up', '--detach', '--port-offset', String(offset));
  try {
    expect(up.exitCode, up.output).toBe(0);
    const services = await fetch(`http://127.0.0.1:${registryHttp + offset}/services/reviews`);
    const answer = await fetch(`http://127.0.0.1:${gateway + offset}/v1/reviews/00000000-0000-7000-8000-000000000001`);

    expect(await services.json()).toMatchObject([{ name: 'reviews', health: 'healthy' }]);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ title: 'The first review' });
  } finally {
    await mainstay('down');
  }
});

test('a second run overwrites nothing and says so', async () => {
  const { exitCode, output } = await run('node', ['tools/new-service/main.ts', 'reviews']);

  expect(exitCode).toBe(2);
  expect(output).toContain('reviews exists already');
});
