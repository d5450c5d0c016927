import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { root } from '../workspaces.ts';

/** Contracts that tests alone use; what is generated from them stands in `gen` beside them and ships to nobody. */
const sources = 'platform/gateway/test/contracts';

/** Where the generated code of the tests' contracts stands, from the root. */
export const generatedTestContracts: string = `${sources}/gen`;

/**
 * Generates TypeScript from the contracts of the tests into a folder.
 *
 * They are compiled beside the real contracts in a folder of their own, so that the workspace of `contracts/` does not
 * know them; imports of real contracts go to `@mainstay/contracts`.
 *
 * @param folder - receives the tree that {@link generatedTestContracts} holds; must exist.
 * @returns undefined, or what buf complained about.
 */
export async function generateTestContractsInto(folder: string): Promise<string | undefined> {
  const work = await mkdtemp(join(tmpdir(), 'mainstay-test-contracts-'));
  try {
    for (const part of ['proto', 'third_party', 'buf.gen.yaml'])
      await cp(join(root, 'contracts', part), join(work, part), { recursive: true });
    const areas = await areasOfTests();
    for (const area of areas) await cp(join(root, sources, area), join(work, 'tests', area), { recursive: true });
    const modules = ['proto', 'third_party', 'tests'].map((path) => `  - path: ${path}`);
    await writeFile(join(work, 'buf.yaml'), ['version: v2', 'modules:', ...modules, ''].join('\n'));
    const paths = areas.flatMap((area) => ['--path', `tests/${area}`]);
    const { exitCode, output } = await runCommand('buf', ['generate', ...paths], { cwd: work });
    if (exitCode !== 0) return output.trim();
    for (const area of areas) await copyGenerated(join(work, 'gen', area), join(folder, area));
    return undefined;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Generates the contracts of the tests anew in their place; returns what buf complained about. */
export async function generateTestContracts(): Promise<string | undefined> {
  const target = join(root, generatedTestContracts);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  return generateTestContractsInto(target);
}

async function areasOfTests(): Promise<string[]> {
  const entries = await readdir(join(root, sources), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && entry.name !== 'gen').map(({ name }) => name);
}

async function copyGenerated(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  for (const name of await readdir(to, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const path = join(to, name);
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replace(/"(?:\.\.\/)+((?:google|mainstay|buf)\/[^"]+)_pb\.ts"/g, '"@mainstay/contracts/$1"'),
    );
  }
}
