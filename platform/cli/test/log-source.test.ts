import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inOrder, LogSource } from '../src/logs/log-source.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logs-'));
});
afterEach(() => rm(dir, { recursive: true }));

const raws = (lines: readonly { readonly raw: string }[]) => lines.map(({ raw }) => raw);

test.each([
  [0, []],
  [2, ['line 29998', 'line 29999']],
])('the last %d lines of 30,000 are read from the end', async (count, expected) => {
  await writeFile(join(dir, 'a.log'), Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`).join(''));

  expect(raws(await new LogSource(dir, 'a').tail(count))).toEqual(expected);
});

test('fewer lines than asked for are all of them', async () => {
  await writeFile(join(dir, 'a.log'), 'one\ntwo\n');

  expect(raws(await new LogSource(dir, 'a').tail(50))).toEqual(['one', 'two']);
});

test('what is added is read in whole lines, and from the start after a rotation', async () => {
  const path = join(dir, 'a.log');
  await writeFile(path, 'one\n');
  const source = new LogSource(dir, 'a');
  await source.tail(50);
  await appendFile(path, 'two\nthr');
  const first = raws(await source.more());
  await appendFile(path, 'ee\n');
  const second = raws(await source.more());
  await truncate(path);
  await appendFile(path, 'new\n');

  expect([first, second, raws(await source.more())]).toEqual([['two'], ['three'], ['new']]);
});

test('lines of two logs are put in the order of their times, plain text stays behind its line', async () => {
  const at = (second: number, msg: string) => JSON.stringify({ time: `2026-01-01T00:00:0${second}.000Z`, msg });
  await writeFile(join(dir, 'a.log'), `${at(1, 'a1')}\n    at stack\n${at(4, 'a4')}\n`);
  await writeFile(join(dir, 'b.log'), `${at(2, 'b2')}\n${at(3, 'b3')}\n`);
  const lines = (await Promise.all(['a', 'b'].map((name) => new LogSource(dir, name).tail(10)))).flat();

  expect(raws(inOrder(lines))).toEqual([at(1, 'a1'), '    at stack', at(2, 'b2'), at(3, 'b3'), at(4, 'a4')]);
});
