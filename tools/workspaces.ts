import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository, without a slash at the end. */
export const root: string = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** What the tools read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One workspace: its folder from the root, and its package.json. */
export interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Reads a package.json by its folder from the root; `.` is the root itself. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

/** Every workspace with a package.json, contracts first, then by area and name. */
export function listWorkspaces(): Workspace[] {
  const inAreas = ['packages', 'platform', 'shop'].flatMap((area) =>
    existsSync(join(root, area)) ? readdirSync(join(root, area)).map((name) => `${area}/${name}`) : [],
  );
  return ['contracts', ...inAreas.toSorted()]
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}

const neverRead = new Set(['node_modules', 'dist', 'coverage', '.mainstay', '.git']);

/** Files of the project that match, as sorted paths from the root; never installed, built or local data. */
export function projectFiles(...patterns: string[]): string[] {
  const found = globSync(patterns, { cwd: root, exclude: (name) => neverRead.has(name.split('/').at(-1) ?? name) });
  return found.map((path) => path.replaceAll('\\', '/')).toSorted();
}

/** Reads a file by its path from the root. */
export function readProjectFile(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
