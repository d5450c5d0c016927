import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, integer } from '@mainstay/config';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { defineService, startHost } from '../src/index.ts';

test('a file that is being written is empty for a moment, which changes nothing; what it becomes is taken in a second', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-watch-'));
  const file = join(folder, 'mainstay.yaml');
  await writeFile(file, 'echo: { size: 7 }\n');
  const clock = new FakeClock();
  const taken: unknown[] = [];
  const echo = defineService({
    name: 'echo',
    version: '1.0.0',
    config: defineConfig({
      name: 'echo',
      keys: { size: { schema: integer(), default: 1, description: 'Size', reloadable: true } },
    }),
    register: false,
    start: async () => ({ reload: ({ size }: { readonly size: number }) => void taken.push(size) }),
  });
  const env = { MAINSTAY_CONFIG: file, MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1', MAINSTAY_DRAIN_PAUSE_MS: '0' };
  await using _ = await startHost([echo], { env, clock, logDestination: { write: () => undefined } });

  await clock.advance(500);
  await writeFile(file, '');
  await clock.advance(500);
  await writeFile(file, 'echo: { size: 9 }\n');
  await clock.advance(500);
  expect(taken).toEqual([]);
  await clock.advance(500);
  expect(taken).toEqual([9]);
  await rm(folder, { recursive: true });
});
