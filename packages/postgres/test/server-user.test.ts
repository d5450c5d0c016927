import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canEnter } from '../src/embedded/server-user.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const stranger = { uid: own.uid + 12_345, gid: own.gid + 12_345 };
const groupMember = { uid: own.uid + 12_345, gid: own.gid };
let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'server-user-test-'));
  folder = join(parent, 'folder');
  await mkdir(folder);
});

afterEach(() => rm(parent, { recursive: true }));

const cases: readonly (readonly [
  parentMode: number,
  folderMode: number,
  owner: boolean,
  group: boolean,
  other: boolean,
])[] = [
  [0o755, 0o755, true, true, true],
  [0o711, 0o755, true, true, true],
  [0o700, 0o755, true, false, false],
  [0o750, 0o755, true, true, false],
  [0o755, 0o700, true, false, false],
  [0o755, 0o711, true, false, false],
  [0o755, 0o750, true, true, false],
];

test.each(cases)(
  'parent %o and folder %o let in: owner %s, group %s, others %s',
  async (parentMode, folderMode, ...who) => {
    await chmod(folder, folderMode);
    await chmod(parent, parentMode);
    const found = await Promise.all([own, groupMember, stranger].map((user) => canEnter(user, folder)));
    await chmod(parent, 0o700);
    expect(found).toEqual(who);
  },
);
