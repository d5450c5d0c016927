import { execFile } from 'node:child_process';
import { chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '../database/open-database.ts';
import { clusterFolder } from '../embedded/cluster.ts';

const run = promisify(execFile);

/** What a running server has of its own, or makes anew; the folders have to be there. */
const emptied = ['pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_subtrans', 'pg_wal'];
const leftOut = new Set([...emptied, 'pg_stat_tmp', 'postmaster.pid', 'postmaster.opts']);

/** A running server and its data folder. */
export interface BackupSource {
  readonly dataDir: string;
  readonly url: string;
}

/**
 * Copies the cluster of a running server into another data folder, from which a standby of it can start.
 *
 * The low-level way of PostgreSQL, because npm's packages hold no `pg_basebackup`. The log of the time of the copy is not in it: it comes by
 * replication. The files belong to the account that the original belongs to, as a server demands it.
 *
 * @param files - further files of the cluster, by name.
 */
export async function copyCluster(
  source: BackupSource,
  dataDir: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const [from, to] = [clusterFolder(source.dataDir), clusterFolder(dataDir)];
  const { uid, gid } = await stat(from);
  await mkdir(to, { mode: 0o700 });
  const add = async (name: string, text: string): Promise<void> => {
    await writeFile(join(to, name), text);
    await chown(join(to, name), uid, gid);
  };
  // The session that begins a backup has to end it; a pool of one connection is one session.
  await using admin = await openDatabase({ url: source.url, name: 'base-backup', maxConnections: 1 });
  await admin.query(`SELECT pg_backup_start('standby', true)`);
  const copied = (await readdir(from)).filter((entry) => !leftOut.has(entry));
  await run('cp', ['-a', ...copied.map((entry) => join(from, entry)), to]);
  const { rows } = await admin.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  await add('backup_label', rows[0]!.labelfile);
  for (const [name, text] of Object.entries(files)) await add(name, text);
  for (const folder of ['', ...emptied]) {
    await mkdir(join(to, folder), { recursive: true, mode: 0o700 });
    await chown(join(to, folder), uid, gid);
  }
  await run('cp', ['-a', join(source.dataDir, 'superuser-password'), dataDir]);
}
