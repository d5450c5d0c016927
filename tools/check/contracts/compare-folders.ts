import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compares two trees of text files byte by byte.
 *
 * @returns one line for each file that differs, beginning with its path in the trees.
 */
export function compareFolders(expected: string, actual: string): string[] {
  const expectedFiles = new Set(filesOf(expected));
  const actualFiles = new Set(filesOf(actual));
  const missing = [...expectedFiles].filter((path) => !actualFiles.has(path)).map((path) => `${path} is missing`);
  const extra = [...actualFiles].filter((path) => !expectedFiles.has(path)).map((path) => `${path} is made by nothing`);
  const changed = [...expectedFiles]
    .filter((path) => actualFiles.has(path))
    .filter((path) => !readFileSync(join(expected, path)).equals(readFileSync(join(actual, path))))
    .map((path) => `${path} is out of date`);
  return [...missing, ...extra, ...changed].toSorted();
}

function filesOf(folder: string): string[] {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
