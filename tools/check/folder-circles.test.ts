import { expect, test } from 'vitest';
import { folderCircles } from './folder-circles.ts';

const importing = (source: string, ...resolved: readonly string[]) => ({
  source,
  dependencies: resolved.map((path) => ({ resolved: path })),
});

test('three folders that import each other in a circle are told, each step with a file of it', () => {
  const modules = [
    importing('packages/a/src/one/x.ts', 'packages/a/src/two/y.ts', 'packages/a/src/one/z.ts'),
    importing('packages/a/src/two/y.ts', 'packages/a/src/three.ts'),
    importing('packages/a/src/three.ts', 'packages/a/src/one/z.ts'),
    importing('packages/a/src/index.ts', 'packages/a/src/one/x.ts'),
    importing('packages/a/src/one/z.ts', 'packages/a/src/errors.ts'),
  ];

  expect(folderCircles(modules)).toEqual([
    'packages/a/src/one -> packages/a/src/two: packages/a/src/one/x.ts -> packages/a/src/two/y.ts',
    'packages/a/src/two -> packages/a/src/three.ts: packages/a/src/two/y.ts -> packages/a/src/three.ts',
    'packages/a/src/three.ts -> packages/a/src/one: packages/a/src/three.ts -> packages/a/src/one/z.ts',
  ]);
});

test('imports downwards, between packages and from tests are no circle', () => {
  const modules = [
    importing('packages/a/src/one/x.ts', 'packages/a/src/two/y.ts', 'packages/b/src/index.ts'),
    importing('packages/a/src/two/y.test.ts', 'packages/a/src/one/x.ts'),
    importing('packages/b/src/index.ts', 'packages/b/src/one/x.ts'),
    importing('shop/c/src/one/x.ts', 'packages/a/src/two/y.ts'),
  ];

  expect(folderCircles(modules)).toEqual([]);
});
