import { expect, test } from 'vitest';
import { codeBlocks } from './documents.ts';
import { anchorsOf, findBrokenPaths, type Tree } from './paths.ts';

const files: Readonly<Record<string, string>> = {
  'docs/glossary.md': '# Glossary\n\n## Ports & names\n',
  'packages/saga/src/index.ts': '',
  'packages/saga/README.md': '',
  'packages/saga/test/resume.test.ts': '',
};

const tree: Tree = {
  exists: (path) => Object.keys(files).some((file) => file === path || file.startsWith(path.replace(/\/$/, '') + '/')),
  read: (path) => files[path] ?? '',
};

const broken = (path: string, text: string): string[] => findBrokenPaths({ path, text }, tree);

test('links are followed from the document, with their headings', () => {
  expect(broken('docs/a.md', '[x](glossary.md) [y](glossary.md#ports--names) [z](../packages/saga/README.md)')).toEqual(
    [],
  );
  expect(broken('docs/a.md', 'one\n[x](nowhere.md) [y](glossary.md#lost)')).toEqual([
    'docs/a.md:2 links to nowhere.md, which does not exist',
    'docs/a.md:2 links to glossary.md#lost, which does not exist',
  ]);
  expect(broken('docs/a.md', '[x](https://example.org/x) [y](mailto:a@example.org)')).toEqual([]);
});

test('inline code that reads as a path of the repository must exist', () => {
  expect(broken('README.md', '`packages/saga/src/index.ts:12` and `packages/saga/`')).toEqual([]);
  expect(broken('README.md', 'see `packages/sagas` and `npm test`, `application/json`, `a/b`')).toEqual([
    'README.md:1 names packages/sagas, which does not exist',
  ]);
});

test('in the README of a workspace, src/ and test/ are its own', () => {
  expect(broken('packages/saga/README.md', '`src/index.ts`, `test/resume.test.ts`')).toEqual([]);
  expect(broken('packages/saga/README.md', '`src/engine.ts`')).toEqual([
    'packages/saga/README.md:1 names packages/saga/src/engine.ts, which does not exist',
  ]);
});

test('blocks of code are no prose', () => {
  const text = 'a\n```ts\nimport x from "`packages/none`";\n```\n`packages/none`';

  expect(broken('README.md', text)).toEqual(['README.md:5 names packages/none, which does not exist']);
  expect(codeBlocks(text)).toEqual([{ language: 'ts', code: 'import x from "`packages/none`";', line: 2 }]);
});

test('headings that repeat get numbers', () => {
  expect([...anchorsOf('# One `two`\n## Same\n## Same')]).toEqual(['one-two', 'same', 'same-1']);
});
