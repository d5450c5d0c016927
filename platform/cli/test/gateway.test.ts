import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject, type Finished, type Project } from './command.ts';
import { runInProcess } from './in-process.ts';

const entry = fileURLToPath(new URL('../../gateway/src/main.ts', import.meta.url));
const limits = (perMinute: number | string): string =>
  `gateway:\n  limits:\n    tiers: { anonymous: { limit_per_minute: ${perMinute}, burst: 100 }, free: { limit_per_minute: 60, burst: 100, monthly_quota: 3 } }\n`;

/** A fleet of a gateway, with a database of its own and nothing behind it. */
describe('mainstay gateway', { timeout: 60_000 }, () => {
  let project: Project;
  let database: TestDatabase;
  let [url, config] = ['', ''];
  beforeAll(async () => {
    project = await createProject({});
    config = join(project.root, 'gateway.yaml');
    await writeFile(config, limits(50));
    database = await testDatabase();
    const environment = {
      GATEWAY_DATABASE_URL: database.url,
      GATEWAY_SERVER_PORT: '0',
      MAINSTAY_CONFIG: config,
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
    };
    const process = `{ name: gateway, kind: edge, entry: ${entry}, environment: ${JSON.stringify(environment)} }`;
    await writeFile(join(project.root, 'fleet.yaml'), `name: demo\nprocesses:\n  - ${process}\n`);
    await project.run('up', '--detach');
    const status = JSON.parse((await project.run('status', '--json')).stdout) as {
      readonly components: readonly { readonly name: string; readonly address: string }[];
    };
    url = status.components.find(({ name }) => name === 'gateway')?.address ?? '';
  });
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const gateway = (...args: string[]): Promise<Finished> => runInProcess(['gateway', ...args, '--root', project.root]);
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await gateway(...args, '--json')).stdout) as T;
  /** 503 is a request that passed: there is no service behind. */
  const ask = async (key: string): Promise<{ status: number; reason: string; left: string | null }> => {
    const answer = await fetch(`${url}/v1/products/p-1`, { headers: { 'x-api-key': key } });
    const { reason } = (await answer.json()) as { reason: string };
    return { status: answer.status, reason, left: answer.headers.get('x-quota-remaining') };
  };

  test('keys create shows a key once; it is taken, counts against the quota of its tier, and list never shows it', async () => {
    const { key, prefix } = await json<{ key: string; prefix: string }>('keys', 'create', 'acme', '--tier', 'free');

    expect(await ask(key)).toMatchObject({ status: 503, left: '2' });
    const { stdout } = await gateway('keys', 'list');
    expect(stdout).toMatch(new RegExp(`^${prefix}\\s+acme\\s+free\\s+all\\s+active\\s+never$`, 'm'));
    expect(stdout).not.toContain(key.slice(16));
    expect(await ask(key)).toMatchObject({ status: 503, left: '1' });
    expect(await ask(key)).toMatchObject({ status: 503, left: '0' });
    expect(await ask(key)).toMatchObject({ status: 429, reason: 'QUOTA_EXHAUSTED' });
  });

  test('keys rotate with no overlap and keys revoke end a key at once; an unknown one is refused with a line', async () => {
    const old = await json<{ key: string; prefix: string }>('keys', 'create', 'globex', '--tier', 'anonymous');
    const next = await json<{ key: string; prefix: string }>('keys', 'rotate', old.prefix, '--overlap', '0');

    expect([(await ask(old.key)).reason, (await ask(next.key)).status]).toEqual(['API_KEY_INVALID', 503]);
    await gateway('keys', 'revoke', next.prefix);
    expect((await ask(next.key)).reason).toBe('API_KEY_INVALID');
    expect(await gateway('keys', 'revoke', 'ffffffffffff')).toMatchObject({
      code: 1,
      stderr: 'mainstay: there is no key ffffffffffff in force\n',
    });
  });

  test('routes and limits are tables of what is in force', async () => {
    expect((await gateway('routes')).stdout).toMatch(/^GET \/v1\/products\/\{id\}\s+products\.GetProduct\s+public/m);
    expect((await project.run('gateway', 'limits')).stdout).toMatch(/^tier free\s+60\s+100\s+3$/m);
  });

  test('clear-reads is a table of who was shown personal data: nobody yet', async () => {
    expect((await gateway('clear-reads')).stdout).toMatch(
      /^AT\s+USER\s+ROLES\s+GRANTS\s+METHOD\s+PATH\s+TRACE\s+FIELDS\n$/,
    );
    expect(await json('clear-reads')).toEqual([]);
  });

  test('splits are set, shown, switched and removed; a stale revision is refused', async () => {
    const splits = (...args: string[]) => gateway('splits', ...args);
    const set = await json<{ revision: number }>(
      'splits',
      'set',
      'products',
      '1.0.0=90',
      '2.0.0=10',
      '--mirror',
      '2.0.0',
    );

    expect((await splits('list')).stdout).toMatch(/^products\s+1\.0\.0 90 %, 2\.0\.0 10 %\s+user\s+2\.0\.0\s+\d+\s/m);
    expect(await splits('switch', 'products', '2.0.0')).toMatchObject({ code: 0, stderr: '' });
    expect(await splits('switch', 'products', '1.0.0', '--revision', String(set.revision))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has another revision'),
    });
    expect((await splits('show', 'products')).stdout).toMatch(/"version": "2\.0\.0",\s+"weight": 100/);
    expect((await splits('set', 'products', '1.0.0')).stderr).toContain('such as 2.0.0=10; see');
    expect(await splits('remove', 'products')).toMatchObject({ code: 0, stderr: '' });
    expect(await splits('show', 'products')).toMatchObject({
      code: 1,
      stderr: 'mainstay: the traffic of products is not split\n',
    });
  });

  test('reload takes a changed file, and says what is wrong with a bad one, which changes nothing', async () => {
    await writeFile(config, limits(70));
    expect((await gateway('reload')).stdout).toMatch(/^changed: gateway\.limits\.tiers$/m);
    await writeFile(config, limits('"fast"'));

    const refused = await gateway('reload');
    const shown = await gateway('config');
    const inForce = await gateway('limits');
    await writeFile(config, limits(70));

    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('limits.tiers')]);
    expect(shown).toMatchObject({ code: 1, stdout: expect.stringMatching(/^not taken at .*limits\.tiers/m) });
    expect(inForce.stdout).toMatch(/^tier anonymous\s+70\s/m);
  });
});
