import { chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, useDataFolder } from './embedded-harness.ts';
import { startOwner } from './owner-process.ts';

const isRoot = process.getuid?.() === 0;
const folder = useDataFolder();

test.runIf(isRoot)('root runs the server under another account, below a folder that only root may enter', async () => {
  await using server = await folder.start();
  expect((await stat(folder.path)).mode & 0o077).toBe(0);
  const { uid } = await stat(join(folder.path, 'cluster'));
  expect(uid).not.toBe(0);
  expect((await stat(`/proc/${server.pid}`)).uid).toBe(uid);
  await run(server.url, 'CREATE TABLE t AS SELECT 1 AS n; CHECKPOINT');
});

test.runIf(isRoot)('a normal user starts a server in a folder of its own, and none in that of another', async () => {
  const user = { uid: 65_534, gid: 65_534 };
  await chown(folder.path, user.uid, user.gid);
  const owner = await startOwner(folder.path, user);
  expect(owner.answer.error).toBeUndefined();
  expect((await stat(`/proc/${owner.answer.pid}`)).uid).toBe(user.uid);
  await owner.stop();

  const stranger = await startOwner(folder.path, { uid: 65_533, gid: 65_533 });
  expect(stranger.answer.error).toBe(`no permission to use ${folder.path} for the embedded PostgreSQL`);
});
