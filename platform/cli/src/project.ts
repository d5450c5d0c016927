import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fleetFileName, readFleetFile } from '@mainstay/controller/client';
import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from './errors.ts';

/** Options that every command understands. */
export interface ProjectOptions {
  readonly root?: string;
  readonly data?: string;
}

/** A project and where its fleet keeps its data. */
export interface Project {
  readonly root: string;
  readonly dataDir: string;
}

/**
 * Finds the project: the directory given, else the nearest one upwards with a fleet file.
 *
 * @throws {@link PlatformError} `CLI_NO_FLEET_FILE` when there is none; `FLEET_FILE_INVALID` when it is broken and the
 * data directory is not given.
 */
export function findProject(options: ProjectOptions): Project {
  const root = options.root === undefined ? nearestRoot(process.cwd()) : resolve(options.root);
  if (root === undefined || !existsSync(join(root, fleetFileName))) {
    const where = options.root === undefined ? `${process.cwd()} or above` : root;
    throw new PlatformError(cliReasons.CLI_NO_FLEET_FILE, `there is no ${fleetFileName} in ${where}`);
  }
  const dataDir = options.data === undefined ? resolve(root, readFleetFile(root).data) : resolve(options.data);
  return { root, dataDir };
}

function nearestRoot(from: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    if (existsSync(join(directory, fleetFileName))) return directory;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Version of this command. */
export function commandVersion(): string {
  const path = fileURLToPath(new URL('../package.json', import.meta.url));
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
