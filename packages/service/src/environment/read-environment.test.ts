import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, integer } from '@mainstay/config';
import type { PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { defineService } from '../definition/definition.ts';
import { readEnvironment } from './read-environment.ts';

const keys = { limit: { schema: integer({ min: 1 }), default: 7, description: 'a limit', reloadable: false } };
const start = async () => ({});
const plain = defineService({ name: 'plain', version: '1', config: defineConfig({ name: 'plain', keys }), start });
const stored = defineService({
  name: 'stored',
  version: '1',
  config: defineConfig({ name: 'stored', keys }),
  database: { migrations: [] },
  start,
});

const url = 'postgres://stored:secret@127.0.0.1:1/stored';
const internalKey = 'ab'.repeat(32);

function failure(run: () => unknown): PlatformError {
  try {
    run();
  } catch (error) {
    return error as PlatformError;
  }
  return expect.unreachable('it should have been refused');
}

test('gives each service its own keys, and the database apart from them', () => {
  const environment = readEnvironment([plain, stored], { PLAIN_LIMIT: '3', STORED_DATABASE_URL: url });

  expect(environment.services.get('plain')).toEqual({ config: { limit: 3 } });
  expect(environment.services.get('stored')).toEqual({
    config: { limit: 7 },
    database: { url, maxConnections: 10, acquireTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
  });
});

test('the registry is on this machine, at the fixed port moved by the offset, unless a list says otherwise', () => {
  const addresses = (env: Record<string, string>) => readEnvironment([plain], env).registryAddresses;

  expect(addresses({})).toEqual(['127.0.0.1:8501']);
  expect(addresses({ MAINSTAY_PORT_OFFSET: '100' })).toEqual(['127.0.0.1:8601']);
  expect(addresses({ MAINSTAY_REGISTRY_ADDRESS: 'a:1,b:2' })).toEqual(['a:1', 'b:2']);
});

test('names the problems of the host and of every service in one error, without the secret', () => {
  const error = failure(() =>
    readEnvironment([plain, stored], {
      MAINSTAY_MODE: 'staging',
      PLAIN_LIMIT: '0',
      PLAIN_LIMITS: '1',
      STORED_DATABASE_URL: 'mysql://root:hunter2@db/stored',
    }),
  );

  expect(error.reason).toBe('CONFIG_INVALID');
  expect(error.violations.map((violation) => violation.field)).toEqual([
    'mode',
    'PLAIN_LIMITS',
    'limit',
    'database.url',
  ]);
  expect(error.message).toContain('did you mean PLAIN_LIMIT?');
  expect(JSON.stringify([error.message, error.violations])).not.toContain('hunter2');
});

test('a database has the replicas that are named, with their bound', () => {
  const replicas = ['postgres://stored@db-2/stored', 'postgres://stored@db-3/stored'];
  const environment = readEnvironment([stored], {
    STORED_DATABASE_URL: url,
    STORED_DATABASE_REPLICA_URLS: replicas.join(','),
    STORED_DATABASE_REPLICA_MAX_LAG_MS: '2000',
  });

  expect(environment.services.get('stored')?.database?.replicas).toEqual({ urls: replicas, maxLagMs: 2_000 });
});

test('reads the file named by MAINSTAY_CONFIG; the environment wins', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-'));
  const path = join(folder, 'mainstay.yaml');
  writeFileSync(path, 'mainstay: { zone: eu }\nplain: { limit: 5 }\nsomebody-else: { any: thing }\n');

  const fromFile = readEnvironment([plain], { MAINSTAY_CONFIG: path });
  const fromBoth = readEnvironment([plain], { MAINSTAY_CONFIG: path, PLAIN_LIMIT: '6' });
  await rm(folder, { recursive: true });

  expect([fromFile.host.zone, fromFile.services.get('plain')?.config]).toEqual(['eu', { limit: 5 }]);
  expect(fromBoth.services.get('plain')?.config).toEqual({ limit: 6 });
});

test('what a test run sets for its own use is not taken for an unknown key', () => {
  expect(() => readEnvironment([plain], { MAINSTAY_TEST_SOMETHING: '1' })).not.toThrow();
  expect(failure(() => readEnvironment([plain], { MAINSTAY_SOMETHING: '1' })).reason).toBe('CONFIG_INVALID');
});

test('production asks for the internal key and refuses fault points', () => {
  const production = { MAINSTAY_MODE: 'production' };
  const withKey = { ...production, MAINSTAY_INTERNAL_KEY: internalKey };

  expect(failure(() => readEnvironment([plain], production)).reason).toBe('INTERNAL_KEY_MISSING');
  expect(failure(() => readEnvironment([plain], { ...withKey, MAINSTAY_FAULT_POINTS: 'a=kill' })).reason).toBe(
    'FAULT_POINTS_REFUSED',
  );
  expect(readEnvironment([plain], withKey)).toMatchObject({ isInternalKeyRandom: false, faultRules: [] });
});

test('without a key a local process makes one of 32 random bytes', () => {
  const [a, b] = [readEnvironment([plain], {}), readEnvironment([plain], {})];

  expect(a.isInternalKeyRandom).toBe(true);
  expect(a.internalKey).toHaveLength(32);
  expect(a.internalKey).not.toEqual(b.internalKey);
});
