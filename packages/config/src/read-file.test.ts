import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readConfigFile } from './read-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('reads a YAML file by path and by URL', () => {
  const path = write('good.yaml', 'orders:\n  saga:\n    step_timeout_ms: 5000\n');

  expect(readConfigFile(path)).toEqual({ label: path, sections: { orders: { saga: { step_timeout_ms: 5_000 } } } });
  expect(readConfigFile(pathToFileURL(path)).sections).toEqual({ orders: { saga: { step_timeout_ms: 5_000 } } });
});

test.each(['', '# only a comment\n', '---\n'])('reads %j as no sections', (text) => {
  expect(readConfigFile(write('empty.yaml', text)).sections).toEqual({});
});

test('a file that does not exist is named with the reason', () => {
  expect(() => readConfigFile(join(folder, 'none.yaml'))).toThrow(
    expect.objectContaining({
      reason: 'CONFIG_FILE_UNREADABLE',
      message: expect.stringMatching(/none\.yaml cannot be read: ENOENT/),
    }),
  );
});

test.each([
  ['bad indentation', 'orders:\n  key: hunter2\n bad: [\n', /at line 3, column \d+/],
  ['a name given twice', 'orders:\n  hunter2: a\n  hunter2: b\n', /DUPLICATE_KEY at line 3/],
  ['an unknown alias', 'orders: *hunter2\n', /alias/],
  ['a list at the top', '- hunter2\n', /must be a mapping/],
  ['only a text', 'hunter2\n', /must be a mapping/],
  ['two documents', 'a: 1\n---\nb: hunter2\n', /MULTIPLE_DOCS at line 2/],
  [
    'aliases that multiply',
    `a: &a [${'hunter2,'.repeat(9)}]\n${'bcdefgh'
      .split('')
      .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`)
      .join('\n')}\n`,
    /too many aliases/,
  ],
])('%s is refused by place, never by text', (_, text, message) => {
  const path = write('bad.yaml', text);

  expect(() => readConfigFile(path)).toThrow(message);
  expect(() => readConfigFile(path)).not.toThrow(/hunter2/);
});
