import { listWorkspaces, type Manifest, readManifest, readProjectFile } from '../workspaces.ts';
import { findMissingOptionals, type LockFile } from './lock-file.ts';

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Finds what `npm ci` would stop at: workspaces that ask for something else than the lock file knows, and gaps in it. */
export function findLockProblems(): string[] {
  const lock = JSON.parse(readProjectFile('package-lock.json')) as LockFile;
  const manifests = [{ folder: '', manifest: readManifest('.') }, ...listWorkspaces()];
  const gaps = findMissingOptionals(lock).map(
    ({ askedBy, name }) =>
      `package-lock.json has no entry for ${name} of ${askedBy || 'the root'}; run \`npm run lock\``,
  );
  return [...manifests.flatMap(({ folder, manifest }) => compare({ folder, manifest, lock })), ...gaps];
}

function compare({ folder, manifest, lock }: { folder: string; manifest: Manifest; lock: LockFile }): string[] {
  const entry = lock.packages[folder];
  const place = folder === '' ? 'package.json' : `${folder}/package.json`;
  if (entry === undefined) return [`${place} is not in package-lock.json; run \`npm run lock\``];
  return kinds
    .filter((kind) => !sameEntries(manifest[kind] ?? {}, entry[kind] ?? {}))
    .map((kind) => `${kind} of ${place} differ from package-lock.json; run \`npm run lock\``);
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
