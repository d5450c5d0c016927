import { cp, lstat, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { listWorkspaces, root } from '../../workspaces.ts';

/** A copy of the whole tree to change at will; what is installed is shared, our own packages are the copy's. */
export interface TreeCopy extends AsyncDisposable {
  readonly path: string;
}

const left = new Set(['node_modules', '.git', '.mainstay', 'coverage', 'dist']);

/** Copies the tree into a temporary folder. */
export async function copyTree(): Promise<TreeCopy> {
  const path = await mkdtemp(join(tmpdir(), 'mainstay-tree-'));
  for (const entry of await readdir(root)) {
    if (left.has(entry)) continue;
    await cp(join(root, entry), join(path, entry), {
      recursive: true,
      // Sockets and the like have no copy.
      filter: async (source) => !left.has(basename(source)) && !(await lstat(source)).isSocket(),
    });
  }
  await mkdir(join(path, 'node_modules', '@mainstay'), { recursive: true });
  for (const entry of await readdir(join(root, 'node_modules'))) {
    if (entry === '@mainstay' || entry === '.cache') continue;
    await symlink(join(root, 'node_modules', entry), join(path, 'node_modules', entry));
  }
  for (const { folder, manifest } of listWorkspaces()) {
    await symlink(join(path, folder), join(path, 'node_modules', manifest.name));
    const own = join(root, folder, 'node_modules');
    const hasOwn = await lstat(own).then(
      () => true,
      () => false,
    );
    if (hasOwn) await symlink(own, join(path, folder, 'node_modules'));
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
