import { listWorkspaces, type Manifest, readManifest, readProjectFile } from '../workspaces.ts';

type LockEntry = Pick<Manifest, 'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies'>;

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Finds workspaces whose package.json asks for something else than package-lock.json knows, at which `npm ci` stops. */
export function findLockProblems(): string[] {
  const lock = JSON.parse(readProjectFile('package-lock.json')) as { packages: Record<string, LockEntry> };
  const manifests = [{ folder: '', manifest: readManifest('.') }, ...listWorkspaces()];
  return manifests.flatMap(({ folder, manifest }) => {
    const entry = lock.packages[folder];
    const place = folder === '' ? 'package.json' : `${folder}/package.json`;
    if (entry === undefined) return [`${place} is not in package-lock.json; run \`npm install\``];
    return kinds
      .filter((kind) => !sameEntries(manifest[kind] ?? {}, entry[kind] ?? {}))
      .map((kind) => `${kind} of ${place} differ from package-lock.json; run \`npm install\``);
  });
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
