import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../run-command.ts';
import { root } from '../../workspaces.ts';
import { totalsFileVariable } from '../vitest-totals.ts';

const check = (...args: string[]) => runCommand('node', ['tools/check/main.ts', ...args]);

test('--list names the ten groups in the order they run', async () => {
  const { exitCode, output } = await check('--list');

  expect(exitCode).toBe(0);
  expect(output.split('\n').map((line) => line.trim().split(/\s/)[0])).toEqual([
    'format',
    'lint',
    'layers',
    'types',
    'generated',
    'unused',
    'unit',
    'integration',
    'docs',
    'e2e',
    '',
  ]);
});

test.each([[['tpyes']], [['--wrong']]])('%j is refused with exit code 2', async (args) => {
  const { exitCode, output } = await check(...args);

  expect(exitCode).toBe(2);
  expect(output).toContain(args[0]);
});

test('--help tells of groups and exit codes', async () => {
  const { exitCode, output } = await check('--help');

  expect(exitCode).toBe(0);
  expect(output).toContain('tests: N passed, N failed, N skipped');
  expect(output).toContain('layers');
});

test('passed, failed and skipped tests and broken files are counted, skipped ones with their reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-totals-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(
      join(folder, 'some.test.ts'),
      `import { expect, test } from 'vitest';
test('passes', () => {});
test('fails', () => { expect(1).toBe(2); });
test('cannot', (context) => context.skip('needs a card reader'));
test.skip('will not', () => {});`,
    );
    await writeFile(join(folder, 'vitest.config.mjs'), 'export default {};');
    await writeFile(join(folder, 'broken.test.ts'), `import './nowhere.ts';`);
    const totals = join(folder, 'totals.json');
    const { exitCode } = await runCommand(
      'vitest',
      ['run', `--reporter=${join(root, 'tools/check/vitest-totals.ts')}`],
      { cwd: folder, env: { [totalsFileVariable]: totals } },
    );

    expect(exitCode).toBe(1);
    expect(JSON.parse(await readFile(totals, 'utf8'))).toEqual({
      passed: 1,
      failed: 2,
      skipped: ['cannot: needs a card reader', 'will not: no reason given'],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
