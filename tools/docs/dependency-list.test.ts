import { expect, test } from 'vitest';
import { findUnknownCommands } from './commands.ts';
import { findDependencyListProblems, parseDependencyList } from './dependency-list.ts';

const row = (name: string, version: string): string => `| \`${name}\` | ${version} | what for | instead of | 1 MB |`;

const problems = (lines: string[], dependencies: Record<string, string>): string[] =>
  findDependencyListProblems(parseDependencyList(lines.join('\n')), [
    { folder: 'packages/x', manifest: { name: '@mainstay/x', dependencies } },
  ]);

test('a list that agrees has no problems, and our own packages need no line', () => {
  expect(problems([row('pg', '8.23.1')], { pg: '8.23.1', '@mainstay/kernel': '0.1.0' })).toEqual([]);
  expect(problems([row('ts', 'npm:typescript@7.0.2')], { ts: 'npm:typescript@7.0.2' })).toEqual([]);
});

test('a missing line, another version, a range, an unused and a repeated line are each found', () => {
  expect(problems([], { pg: '8.23.1' })).toEqual(['pg of packages/x has no line']);
  expect(problems([row('pg', '8.23.0')], { pg: '8.23.1' })).toEqual([
    'packages/x asks for pg 8.23.1, the line says 8.23.0',
  ]);
  expect(problems([row('pg', '^8.23.1')], { pg: '^8.23.1' })).toEqual(['packages/x asks for pg ^8.23.1, not exact']);
  expect(problems([row('pg', '8.23.1')], {})).toEqual(['pg has a line, and nobody asks for it']);
  expect(problems([row('pg', '1.0.0'), row('pg', '1.0.0')], { pg: '1.0.0' })).toEqual(['pg has two lines']);
});

test('a line with an empty cell is found', () => {
  expect(problems(['| `pg` | 1.0.0 | what for |  | 1 MB |'], { pg: '1.0.0' })).toEqual([
    'the line of pg does not fill five cells',
  ]);
});

test('scripts that do not exist are found where they are named', () => {
  const document = {
    path: 'a.md',
    text: 'run `npm run check lint`\nthen `npm start` and `npm ci`\nor `npm run chekc`',
  };

  expect(findUnknownCommands(document, new Set(['check', 'start']))).toEqual([
    'a.md:3 runs the script chekc, which does not exist',
  ]);
});
