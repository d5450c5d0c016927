import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { registryConfig } from '../src/config.ts';
import { openTestRegistry } from './open-test-registry.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = (title: string): string[] =>
  (readme.split(`## ${title}`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('`')[1] ?? '');

test('the README names exactly the keys of the configuration', () => {
  expect(section('Configuration').toSorted((a, b) => a.localeCompare(b))).toEqual(
    Object.keys(registryConfig.keys).toSorted((a, b) => a.localeCompare(b)),
  );
});

test('every request of the README has a route', async () => {
  await using registry = await openTestRegistry();
  const requests = section('HTTP');
  expect(requests).toHaveLength(7);

  for (const request of requests) {
    const [method = '', path = ''] = request.split(' ');
    const answer = await registry.send(method, path.replaceAll(/\{\w+\}/g, 'x'));
    const { reason } = answer.status >= 400 ? ((await answer.json()) as { reason: string }) : { reason: '' };
    expect([request, ['REGISTRY_PATH_UNKNOWN', 'REGISTRY_METHOD_REFUSED'].includes(reason)]).toEqual([request, false]);
  }
});
