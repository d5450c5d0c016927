import { chown, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { canEnter } from '../src/embedded/server-user.ts';
import { run, useDataFolder } from './embedded-harness.ts';
import { startOwner } from './owner-process.ts';

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };
// Below a folder that only root may enter, a normal user could not even start the runtime.
const programs = [dirname(process.execPath), dirname(fileURLToPath(import.meta.url))];
const canBecomeNobody = isRoot && (await Promise.all(programs.map((path) => canEnter(nobody, path)))).every(Boolean);
const folder = useDataFolder();

test.runIf(isRoot)('root runs the server under another account, below a folder that only root may enter', async () => {
  await using server = await folder.start();
  expect((await stat(folder.path)).mode & 0o077).toBe(0);
  const { uid } = await stat(join(folder.path, 'cluster'));
  expect(uid).not.toBe(0);
  expect((await stat(`/proc/${server.pid}`)).uid).toBe(uid);
  await run(server.url, 'CREATE TABLE t AS SELECT 1 AS n; CHECKPOINT');
});

test.runIf(canBecomeNobody)(
  'a normal user starts a server in a folder of its own, and none in that of another',
  async () => {
    await chown(folder.path, nobody.uid, nobody.gid);
    const owner = await startOwner(folder.path, nobody);
    expect(owner.answer.error).toBeUndefined();
    expect((await stat(`/proc/${owner.answer.pid}`)).uid).toBe(nobody.uid);
    await owner.stop();

    const stranger = await startOwner(folder.path, { uid: 65_533, gid: 65_533 });
    expect(stranger.answer.error).toBe(`no permission to use ${folder.path} for the embedded PostgreSQL`);
  },
);
