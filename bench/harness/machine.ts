import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where and with what a run was made. */
export interface Machine {
  readonly at: string;
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the last minute, before the run. */
  readonly loadAverage: number;
  readonly packages: Readonly<Record<string, string>>;
}

/** Describes this machine, the commit with `+` when files differ from it, and the versions of packages. */
export function describeMachine(packages: readonly string[]): Machine {
  return {
    at: new Date().toISOString(),
    commit: `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    packages: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  };
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  } catch {
    // Not a checkout: the results then stand without a commit.
    return 'unknown';
  }
}

// As imports from bench/ find them: the peers' own folder, then the project's.
function versionOf(name: string): string {
  for (const folder of ['../node_modules', '../../node_modules']) {
    const path = new URL(`${folder}/${name}/package.json`, import.meta.url);
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  }
  return 'not installed';
}
