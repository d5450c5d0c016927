import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../run-command.ts';
import { root } from '../../workspaces.ts';

// The tools can fail by finding nothing at all: each rule that matters is shown to fire on a small tree of its own.

interface Sample extends AsyncDisposable {
  readonly path: string;
}

async function sampleTree(files: Readonly<Record<string, string>>): Promise<Sample> {
  const path = await mkdtemp(join(tmpdir(), 'mainstay-guard-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe('lint', () => {
  let output = '';

  beforeAll(async () => {
    await using sample = await sampleTree({
      'tsconfig.json': JSON.stringify({ extends: join(root, 'tsconfig.base.json'), include: ['.'] }),
      '.gitignore': 'node_modules\n',
      'BadName.ts': 'export default 1;\n',
      'long.ts': `export const a = 1;\n${'// line\n'.repeat(301)}`,
      'many.ts': `export async function work(): Promise<void> {}
export function start(kind: 'a' | 'b'): number {
  work();
  console.log('x');
  switch (kind) {
    case 'a':
      return 1;
  }
  throw 'text';
}
export function many(a: number, b: number, c: number, d: number): number {
  try {
    return a + b + c + d;
  } catch {}
  return 0;
}
`,
    });
    await copyFile(join(root, '.oxlintrc.json'), join(sample.path, '.oxlintrc.json'));
    ({ output } = await runCommand('oxlint', ['--type-aware', '--format=unix'], { cwd: sample.path }));
  });

  test.each([
    'no-floating-promises',
    'switch-exhaustiveness-check',
    'only-throw-error',
    'no-default-export',
    'filename-case',
    'no-console',
    'no-empty',
    'max-params',
    'max-lines',
  ])('%s fires', (rule) => {
    expect(output).toContain(`(${rule})`);
  });
});

describe('layers', () => {
  const use = (path: string): string => `import { x } from '${path}';\nexport const y = x;\n`;
  const x = 'export const x = 1;\n';
  const manifest = JSON.stringify({ exports: { '.': './src/index.ts' } });
  const workspaces = ['packages/kernel', 'packages/config', 'packages/health', 'packages/rpc', 'packages/testing'];
  let output = '';

  beforeAll(async () => {
    const deployables = ['platform/gateway', 'platform/registry', 'shop/users', 'shop/orders'];
    const manifests = [...workspaces, ...deployables].flatMap((folder) => [
      [`${folder}/package.json`, manifest],
      [`${folder}/src/index.ts`, x],
    ]);
    await using sample = await sampleTree({
      'tsconfig.json': '{}',
      ...Object.fromEntries(manifests),
      'packages/config/src/up.ts': use('../../rpc/src/index.ts'),
      'packages/config/src/sibling.ts': use('../../health/src/index.ts'),
      'packages/config/src/platform.ts': use('../../../platform/gateway/src/index.ts'),
      'packages/config/src/testing.ts': use('../../testing/src/index.ts'),
      'packages/config/src/a.ts': `import type { B } from './b.ts';\nexport type A = B;\n`,
      'packages/config/src/b.ts': `import type { A } from './a.ts';\nexport type B = A | 1;\n`,
      'packages/config/src/missing.ts': use('./nowhere.ts'),
      'packages/kernel/src/io.ts': `import { readFileSync } from 'node:fs';\nexport const y = readFileSync;\n`,
      'packages/health/src/inner.ts': x,
      'packages/rpc/src/deep.ts': use('../../health/src/inner.ts'),
      'packages/rpc/src/fine.ts': use('../../health/src/index.ts'),
      'platform/gateway/src/sibling.ts': use('../../registry/src/index.ts'),
      'platform/gateway/src/shop.ts': use('../../../shop/users/src/index.ts'),
      'shop/users/src/platform.ts': use('../../../platform/gateway/src/index.ts'),
      'shop/users/src/neighbour.ts': use('../../orders/src/index.ts'),
      'shop/users/src/domain/impure.ts': use('../index.ts'),
    });
    await copyFile(join(root, '.dependency-cruiser.cjs'), join(sample.path, '.dependency-cruiser.cjs'));
    const args = ['--output-type', 'err', 'packages', 'platform', 'shop'];
    ({ output } = await runCommand('depcruise', args, { cwd: sample.path }));
  });

  test.each([
    ['level-2-config', 'packages/config/src/up.ts'],
    ['level-2-config', 'packages/config/src/sibling.ts'],
    ['packages-know-no-deployable', 'packages/config/src/platform.ts'],
    ['testing-from-tests-only', 'packages/config/src/testing.ts'],
    ['no-cycles', 'packages/config/src/a.ts'],
    ['resolvable', 'packages/config/src/missing.ts'],
    ['kernel-does-no-io', 'packages/kernel/src/io.ts'],
    ['public-entry-points', 'packages/rpc/src/deep.ts'],
    ['platform-gateway', 'platform/gateway/src/sibling.ts'],
    ['platform-knows-no-shop', 'platform/gateway/src/shop.ts'],
    ['shop-sees-packages-only', 'shop/users/src/platform.ts'],
    ['services-never-import-each-other', 'shop/users/src/neighbour.ts'],
    ['domain-is-pure', 'shop/users/src/domain/impure.ts'],
  ])('%s stops %s', (rule, path) => {
    expect(output).toContain(`${rule}: ${path}`);
  });

  test('an import of the public entry point of a lower level is let through', () => {
    expect(output).not.toContain('packages/rpc/src/fine.ts');
  });
});
