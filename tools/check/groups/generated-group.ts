import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateContractsInto, generatedContracts } from '../../generate/contracts.ts';
import { errorsPage, renderErrorsPage } from '../../generate/errors-page.ts';
import { collectServices, methodsPage, renderMethodsPage } from '../../generate/methods-page.ts';
import { collectReasonTables, findReasonProblems } from '../../generate/reason-tables.ts';
import { generatedTestContracts, generateTestContractsInto } from '../../generate/test-contracts.ts';
import { findLockProblems } from '../../lock/lock-problems.ts';
import { runCommand } from '../../run-command.ts';
import { readProjectFile, root } from '../../workspaces.ts';
import { checkBreaking } from '../contracts/breaking.ts';
import { compareFolders } from '../contracts/compare-folders.ts';
import { type Group, resultOfProblems } from '../group.ts';

/** What is committed and made from something else is as if made now; contracts are clean and break nobody. */
export const generatedGroup: Group = {
  name: 'generated',
  about: 'contracts (lint, format, breaking changes, generated code), reference pages, lock file',
  isTest: false,
  async run() {
    const breaking = await checkBreaking();
    const problems = [
      ...(await bufProblems(['lint'])),
      ...(await bufProblems(['format', '--diff', '--exit-code', 'proto'])),
      ...breaking.problems,
      ...(await staleContracts()),
      ...(await staleTestContracts()),
      ...(await errorPageProblems()),
      ...stalePage(methodsPage, renderMethodsPage(await collectServices())),
      ...findLockProblems(),
    ];
    return resultOfProblems(problems, breaking.notes);
  },
};

async function bufProblems(args: readonly string[]): Promise<string[]> {
  const { exitCode, output } = await runCommand('buf', args, { cwd: 'contracts' });
  return exitCode === 0 ? [] : [`buf ${args[0]}:\n${output.trim()}`];
}

async function staleContracts(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-contracts-'));
  try {
    const complaint = await generateContractsInto(folder);
    if (complaint !== undefined) return [complaint];
    const differences = compareFolders(join(folder, 'gen'), join(root, generatedContracts));
    return differences.map((line) => `${generatedContracts}/${line}; run \`npm run generate\``);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function staleTestContracts(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-test-contracts-'));
  try {
    const complaint = await generateTestContractsInto(folder);
    if (complaint !== undefined) return [complaint];
    const differences = compareFolders(folder, join(root, generatedTestContracts));
    return differences.map((line) => `${generatedTestContracts}/${line}; run \`npm run generate\``);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function errorPageProblems(): Promise<string[]> {
  const tables = await collectReasonTables();
  return [...findReasonProblems(tables), ...stalePage(errorsPage, renderErrorsPage(tables))];
}

function stalePage(path: string, wanted: string): string[] {
  const current = existsSync(join(root, path)) ? readProjectFile(path) : '';
  return current === wanted ? [] : [`${path} is out of date; run \`npm run generate\``];
}
