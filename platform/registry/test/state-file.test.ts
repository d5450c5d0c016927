import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@mainstay/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateOf } from '../src/domain/entry.ts';
import { fileRegistryStore } from '../src/store/file-registry-store.ts';
import { openTestRegistry } from './open-test-registry.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mainstay-registry-'));
  path = join(folder, 'state', 'registry.json');
});

afterEach(() => rm(folder, { recursive: true }));

const open = () => openTestRegistry({ store: fileRegistryStore(path, silentLogger) });

const orders = (id: string) => ({ id, name: 'orders', address: '127.0.0.1:5001', metadata: { version: '1.0.0' } });

test('after a restart instances are suspect until they beat, and the audit says restored', async () => {
  {
    await using before = await open();
    await before.send('POST', '/register', orders('a'));
    await before.send('POST', '/register', orders('b'));
    await before.send('POST', '/register', orders('c'));
    await before.send('DELETE', '/services/orders/c');
  }

  await using after = await open();

  expect(after.registry.table.lookup('orders').map((entry) => [entry.id, stateOf(entry)])).toEqual([
    ['a', 'suspect'],
    ['b', 'suspect'],
  ]);
  await after.send('PUT', '/heartbeat/a', { health: 'healthy' });
  expect(after.registry.table.lookup('orders').map((entry) => [entry.id, stateOf(entry)])).toEqual([
    ['a', 'healthy'],
    ['b', 'suspect'],
  ]);
  expect(after.registry.audit(3, '').map(({ event }) => event)).toEqual(['recovered', 'restored', 'restored']);
});

test('changes are saved while it runs, readable by nobody else, and never as half a file', async () => {
  await using registry = await open();
  await registry.send('POST', '/register', orders('a'));

  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toContain('"id": "a"');

  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1, instances: [{ id: 'a' }] });
  expect(await readdir(join(folder, 'state'))).toEqual(['registry.json']);
});

test.each(['', '{', '{"version":2,"instances":[]}', '{"version":1,"instances":[{"id":"a"}]}'])(
  'a file that is no table (%j) is moved aside and the registry starts empty',
  async (content) => {
    await fileRegistryStore(path, silentLogger).save([]);
    await writeFile(path, content);

    await using registry = await open();

    expect(registry.registry.table.size).toBe(0);
    expect(await readFile(`${path}.unreadable`, 'utf8')).toBe(content);
  },
);

test('a state file that is a folder refuses the start with one clear error', async () => {
  await fileRegistryStore(join(path, 'inner.json'), silentLogger).save([]);

  await expect(open()).rejects.toMatchObject({ reason: 'REGISTRY_STATE_UNREADABLE' });
});
