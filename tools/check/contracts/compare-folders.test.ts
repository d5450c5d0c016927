import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { compareFolders } from './compare-folders.ts';

async function folderWith(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'mainstay-compare-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('names files that are missing, made by nothing or out of date', async () => {
  await using expected = await folderWith({ 'a/same.ts': '1', 'a/changed.ts': '1', 'a/new.ts': '1' });
  await using actual = await folderWith({ 'a/same.ts': '1', 'a/changed.ts': '2', 'b/old.ts': '1' });

  expect(compareFolders(expected.path, actual.path)).toEqual([
    'a/changed.ts is out of date',
    'a/new.ts is missing',
    'b/old.ts is made by nothing',
  ]);
  expect(compareFolders(expected.path, expected.path)).toEqual([]);
});
