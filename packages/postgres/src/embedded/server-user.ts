import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startFailed } from './start-failed.ts';

/** Numbers of the account that the server runs as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Chooses the account of the server: our own, or, because PostgreSQL refuses to run as root, an unprivileged one.
 *
 * Root keeps the owner of an existing cluster, else takes `postgres`, else `nobody`, which every system has. The account must stand
 * in `/etc/passwd`: initdb looks its name up.
 *
 * @param clusterOwner - owner of the cluster folder when there is one already.
 * @returns undefined when the server runs as this process does.
 */
export async function chooseServerUser(clusterOwner: ServerUser | undefined): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (clusterOwner !== undefined && clusterOwner.uid !== 0) return clusterOwner;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const accounts = new Map(passwd.split('\n').map((line) => [line.split(':')[0], line.split(':')] as const));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.get(name) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) !== 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw startFailed('PostgreSQL does not run as root, and /etc/passwd has neither postgres nor nobody');
}

/** Tells whether a user may read and enter a folder, and pass all folders above it, by their mode bits. */
export async function canEnter(user: ServerUser, folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    const needed = at === folder ? 0o5 : 0o1;
    if (((mode >> shift) & needed) !== needed) return false;
    if (at === dirname(at)) return true;
  }
}
