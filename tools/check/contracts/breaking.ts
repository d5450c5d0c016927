import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../run-command.ts';

/** Problems of the contracts against an earlier commit, and what was compared. */
export interface BreakingResult {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Compares the contracts with the last commit that is not this tree: `HEAD` while they are being edited, else its parent.
 *
 * A commit whose subject carries the `!` of conventional commits breaks on purpose and is let through.
 */
export async function checkBreaking(): Promise<BreakingResult> {
  const edited = await git(['status', '--porcelain', '--', 'contracts/proto']);
  if (edited === undefined)
    return { problems: [], notes: ['no git history: breaking changes of contracts not checked'] };
  const base = edited === '' ? 'HEAD^' : 'HEAD';
  if ((await git(['rev-parse', '--verify', '--quiet', `${base}:contracts/proto`])) === undefined) {
    return { problems: [], notes: [`no contracts at ${base}: breaking changes of contracts not checked`] };
  }
  const subject = await git(['log', '-1', '--format=%s']);
  if (edited === '' && subject !== undefined && /^[a-z]+(\([^)]*\))?!:/.test(subject)) {
    return { problems: [], notes: ['the last commit says that it breaks contracts on purpose'] };
  }
  const output = await bufBreaking(base);
  return { problems: output === undefined ? [] : [`buf breaking against ${base}:\n${output}`], notes: [] };
}

async function bufBreaking(base: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-contracts-'));
  try {
    const archive = join(folder, 'contracts.tar');
    await git(['archive', '--format=tar', `--output=${archive}`, base, 'contracts']);
    const against = `${archive}#subdir=contracts`;
    const { exitCode, output } = await runCommand('buf', ['breaking', '--against', against], { cwd: 'contracts' });
    return exitCode === 0 ? undefined : output.trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function git(args: readonly string[]): Promise<string | undefined> {
  const { exitCode, output } = await runCommand('git', args, { stdoutOnly: true });
  return exitCode === 0 ? output.trim() : undefined;
}
