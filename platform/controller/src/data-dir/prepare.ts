import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PlatformError } from '@mainstay/kernel';
import { controllerReasons } from '../errors.ts';
import type { DataPaths } from './data-paths.ts';

/** What a first start writes, about 80 MB with an empty database, and room for the first orders. */
const neededBytes = 150 * 1_024 * 1_024;

const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: 'it cannot be made there',
  ENOTDIR: 'a part of the path is a file',
  EMFILE: 'too many open files',
};

/** Says in words why something in the data directory failed; any other error passes unchanged. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const meaning = meanings[code];
  if (meaning === undefined) return error;
  return new PlatformError(controllerReasons.FLEET_DATA_UNUSABLE, `cannot use ${path}: ${meaning}`, { cause: error });
}

/** How {@link prepareDataDir} learns the free space; replaced in tests. */
export type FreeBytes = (path: string) => Promise<number>;

const freeBytesOf: FreeBytes = async (path) => {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
};

/**
 * Makes the data directory, for its owner only, and checks that it can be used.
 *
 * @throws {@link PlatformError} `FLEET_DATA_UNUSABLE` when it cannot be written or the disk has less than 150 MB free.
 */
export async function prepareDataDir(paths: DataPaths, freeBytes: FreeBytes = freeBytesOf): Promise<void> {
  try {
    await makeDirectory(paths.root);
    await access(paths.root, constants.W_OK | constants.X_OK);
    await makeDirectory(paths.logs);
  } catch (error) {
    throw explainFileError(error, paths.root);
  }
  const free = await freeBytes(paths.root);
  if (free >= neededBytes) return;
  const [freeMb, neededMb] = [free, neededBytes].map((bytes) => Math.floor(bytes / 1_048_576));
  throw new PlatformError(
    controllerReasons.FLEET_DATA_UNUSABLE,
    `cannot use ${paths.root}: the disk is full, ${freeMb} MB are free and ${neededMb} MB are needed`,
  );
}

/** Makes a directory and those above it. Node's own `recursive` never returns where the system refuses, as in `/proc`. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || path === dirname(path)) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}
