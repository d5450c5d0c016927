import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { root } from '../workspaces.ts';
import { writeContractIndex } from './contract-index.ts';
import { collectReasonTables } from './reason-tables.ts';
import { renderReasons } from './reasons-file.ts';

/** Where the generated code of the contracts stands, from the root. */
export const generatedContracts = 'contracts/gen';

/**
 * Generates TypeScript from the contracts into a folder, and beside it the list of all reasons of errors.
 *
 * @param folder - receives the tree that `contracts/gen` holds; must exist.
 * @returns undefined, or what buf complained about.
 */
export async function generateContractsInto(folder: string): Promise<string | undefined> {
  const { exitCode, output } = await runCommand('buf', ['generate', '-o', folder], { cwd: 'contracts' });
  if (exitCode !== 0) return output.trim();
  await writeFile(join(folder, 'gen', 'reasons.json'), renderReasons(await collectReasonTables()));
  return writeContractIndex(join(folder, 'gen'));
}

/** Generates the contracts anew in their place; returns what buf complained about, and then changes nothing. */
export async function generateContracts(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-contracts-'));
  try {
    const complaint = await generateContractsInto(folder);
    if (complaint !== undefined) return complaint;
    const target = join(root, generatedContracts);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await cp(join(folder, 'gen'), target, { recursive: true });
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
