import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listWorkspaces, readManifest, readProjectFile, root } from '../workspaces.ts';
import { findUnknownCommands } from './commands.ts';
import { findDependencyListProblems, parseDependencyList } from './dependency-list.ts';
import { listDocuments } from './documents.ts';
import { findBrokenPaths, type Tree } from './paths.ts';

const tree: Tree = {
  exists: (path) => (path.includes('*') ? globSync(path, { cwd: root }).length > 0 : existsSync(join(root, path))),
  read: readProjectFile,
};

const documents = listDocuments();

test('the documents that everyone looks for first are there', () => {
  const paths = documents.map((document) => document.path);

  expect(paths).toEqual(
    expect.arrayContaining([
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'README.md',
      'docs/glossary.md',
      'docs/principles.md',
      'docs/reference/dependencies.md',
      'docs/reference/errors.md',
    ]),
  );
});

test('every workspace has a README', () => {
  const without = listWorkspaces()
    .map(({ folder }) => folder)
    .filter((folder) => !existsSync(join(root, folder, 'README.md')));

  expect(without).toEqual([]);
});

test('every link and every path named in a document exists', () => {
  expect(documents.flatMap((document) => findBrokenPaths(document, tree))).toEqual([]);
});

test('every npm script named in a document exists', () => {
  const scripts = new Set(Object.keys(readManifest('.').scripts ?? {}));

  expect(documents.flatMap((document) => findUnknownCommands(document, scripts))).toEqual([]);
});

test('ARCHITECTURE.md has at most 200 lines', () => {
  expect(readProjectFile('ARCHITECTURE.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
});

test('an ADR is at most 60 lines, and says what would change our mind', () => {
  const adrs = documents.filter((document) => document.path.startsWith('docs/adr/'));
  const parts = ['**Context.**', '**Decision.**', '**Consequences.**', '**What would change our mind.**'];

  expect(adrs.length).toBeGreaterThanOrEqual(6);
  for (const { path, text } of adrs) {
    expect(path).toMatch(/\/\d{4}-[a-z0-9-]+\.md$/);
    expect(text.split('\n').length, path).toBeLessThanOrEqual(60);
    for (const part of parts) expect(text, path).toContain(part);
  }
});

test('ADRs are numbered from 1 without a gap, each number once, as their titles say', () => {
  const adrs = documents.filter((document) => document.path.startsWith('docs/adr/'));
  const numbers = adrs.map(({ path }) => path.slice('docs/adr/'.length).slice(0, 4)).toSorted();

  expect(numbers).toEqual(adrs.map((_, index) => String(index + 1).padStart(4, '0')));
  for (const { path, text } of adrs)
    expect(text).toMatch(new RegExp(`^# ${path.slice('docs/adr/'.length).slice(0, 4)} `));
});

test('the list of dependencies and the package.json files agree both ways', () => {
  const rows = parseDependencyList(readProjectFile('docs/reference/dependencies.md'));
  const manifests = [{ folder: 'the root', manifest: readManifest('.') }, ...listWorkspaces()];

  expect(findDependencyListProblems(rows, manifests)).toEqual([]);
});
