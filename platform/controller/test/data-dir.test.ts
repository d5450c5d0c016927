import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@mainstay/kernel';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { dataPaths } from '../src/data-dir/data-paths.ts';
import { lockOwner, takeLock } from '../src/data-dir/lock.ts';
import { prepareDataDir } from '../src/data-dir/prepare.ts';
import { ProcessList } from '../src/data-dir/process-list.ts';
import { Secrets } from '../src/data-dir/secrets.ts';
import { lastWords, rotateLog } from '../src/logs/log-file.ts';

const made: string[] = [];
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fleet-data-'));
  made.push(dir);
});
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true }))));

test.each([
  ['a pid that is gone', JSON.stringify({ pid: 999_999_999, startedAt: '1' })],
  ['a pid that came back to somebody else', JSON.stringify({ pid: process.pid, startedAt: '1' })],
  ['half a file', '{"pid":'],
])('a lock with %s is taken over', async (_, content) => {
  const path = join(dir, 'lock');
  await writeFile(path, content);
  using lock = takeLock(path);

  expect(lockOwner(lock.path)).toBe(process.pid);
  expect(await readdir(dir)).toEqual(['lock']);
});

test('a held lock is refused, and free again after disposal', () => {
  const path = join(dir, 'lock');
  {
    using _ = takeLock(path);
    expect(() => takeLock(path)).toThrow(`pid ${process.pid}`);
  }
  expect(lockOwner(path)).toBeUndefined();
});

test('a data directory is made for its owner only', async () => {
  const paths = dataPaths(join(dir, 'a', 'b'));
  await prepareDataDir(paths);

  expect((await stat(paths.root)).mode & 0o777).toBe(0o700);
});

test('a disk with 20 MB free is refused as full', async () => {
  await expect(prepareDataDir(dataPaths(dir), async () => 20 * 1_048_576)).rejects.toThrow(
    `cannot use ${dir}: the disk is full, 20 MB are free and 150 MB are needed`,
  );
});

test('secrets are made once, kept for their owner only, and a damaged file is told without its content', async () => {
  const path = join(dir, 'secrets.json');
  const first = new Secrets(path).get('internal_key');

  expect(new Secrets(path).get('internal_key')).toBe(first);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await writeFile(path, `{"internal_key": "${first}`);
  expect(() => new Secrets(path)).toThrow(`${path} is damaged`);
  expect(() => new Secrets(path)).not.toThrow(first);
});

test('a pid that came back to somebody else is not ended', async () => {
  const path = join(dir, 'processes.json');
  await writeFile(path, JSON.stringify([{ name: 'orders', pid: process.pid, startedAt: '1' }]));

  expect(await new ProcessList(path).endLeftovers(systemClock, 100)).toEqual([]);
});

test('a log past its limit becomes .1, older ones move on, and four are kept', async () => {
  const path = join(dir, 'orders.log');
  for (let i = 1; i <= 6; i++) {
    await writeFile(path, `part ${i}`);
    rotateLog(path, 6);
  }

  expect((await readdir(dir)).sort()).toEqual(['orders.log', ...[1, 2, 3, 4].map((i) => `orders.log.${i}`)]);
  expect(await readFile(`${path}.1`, 'utf8')).toBe('part 6');
  expect(await readFile(`${path}.4`, 'utf8')).toBe('part 3');
  expect(await readFile(path, 'utf8')).toBe('');
});

test.each([
  ['orders: ORDERS_X must be a number\n', 'orders: ORDERS_X must be a number'],
  ['{"level":"info"}\nTypeError: x is not a function\n    at y\n\nNode.js v24\n', 'TypeError: x is not a function'],
  ['{"level":"info"}\n', undefined],
])('the last words in %j are %j', async (content, words) => {
  const path = join(dir, 'log');
  await writeFile(path, `Error: earlier\n${content}`);

  expect(lastWords(path, 15)).toBe(words);
});
