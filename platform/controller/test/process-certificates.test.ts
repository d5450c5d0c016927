import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { defineConfig } from '@mainstay/config';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { bindService, createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { defineService, type Host, startHost } from '@mainstay/service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CertificateFolder } from '../src/index.ts';

const internalKey = 'ab'.repeat(32);
const dayMs = 86_400_000;

const usersService = defineService({
  name: 'users',
  version: '1.0.0',
  config: defineConfig({ name: 'users', keys: {} }),
  start: async () => ({ bindings: [bindService(UsersService, { validateUser: () => ({ valid: true }) })] }),
});

let root: string;
let folder: CertificateFolder;
let lines: Record<string, unknown>[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mainstay-process-'));
  folder = new CertificateFolder(join(root, 'certificates'), 'shop');
  folder.init(Date.now());
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true }));

function start(name: string, more: Record<string, string> = {}): Promise<Host> {
  const { certificate, key, authority } = folder.files(name);
  return startHost([usersService], {
    env: {
      MAINSTAY_INTERNAL_KEY: internalKey,
      // Nobody listens on port 1.
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_DRAIN_PAUSE_MS: '0',
      MAINSTAY_TLS_CERT: certificate,
      MAINSTAY_TLS_KEY: key,
      MAINSTAY_TLS_CA: authority,
      ...more,
    },
    logDestination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
}

/** Asks users something as orders, with a certificate of this name; or takes it for another service. */
async function ask(host: Host, name: string, asked = 'users'): Promise<string> {
  const files = folder.files(name);
  const credentials = {
    certificate: readFileSync(files.certificate, 'utf8'),
    key: readFileSync(files.key, 'utf8'),
    authorities: readFileSync(files.authority, 'utf8'),
  };
  await using transport = createDirectTransport({
    address: host.grpcAddress ?? '',
    identity: createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'orders' }),
    credentials: { current: () => credentials, onChange: () => () => undefined },
    serverName: `spiffe://shop/service/${asked}`,
    maxAttempts: 1,
    logger: silentLogger,
    meter: silentMeter,
  });
  const answer = createClient(UsersService, transport).validateUser({ userId: 'u1' });
  return await answer.then(
    () => 'answered',
    ({ rawMessage }: { rawMessage: string }) => rawMessage,
  );
}

const certificateOf = async ({ managementUrl }: Host): Promise<Record<string, unknown>> => {
  const page = (await (await fetch(`${managementUrl}/health`)).json()) as {
    details: { certificate: Record<string, unknown> };
  };
  return page.details.certificate;
};

test.each([
  ['expired', { lifetimeMs: dayMs }, Date.now() - 2 * dayMs, /users\.pem: the certificate expired at \d{4}-/],
  ['that is not valid yet', {}, Date.now() + dayMs, /users\.pem: the certificate is not valid before \d{4}-/],
  ['of other services', { services: ['orders'] }, Date.now(), /is for orders, this process hosts users$/],
])('a process does not start with a certificate %s, and says why', async (_, options, issuedAtMs, message) => {
  folder.issue('users', options, issuedAtMs);

  await expect(start('users')).rejects.toMatchObject({
    reason: 'CERTIFICATE_INVALID',
    rawMessage: expect.stringMatching(message),
  });
});

test('a process does not start with a key of another certificate, with a missing file, or with one of three files', async () => {
  folder.issue('users', {}, Date.now());
  folder.issue('orders', {}, Date.now());
  const startWith = (env: Record<string, string>) => start('users', env);

  await expect(startWith({ MAINSTAY_TLS_KEY: folder.files('orders').key })).rejects.toThrow(
    'the key is not that of the certificate',
  );
  await expect(startWith({ MAINSTAY_TLS_KEY: join(root, 'gone') })).rejects.toThrow(/gone cannot be read: ENOENT/);
  await expect(startWith({ MAINSTAY_TLS_KEY: '', MAINSTAY_TLS_CA: '' })).rejects.toThrow(
    'MAINSTAY_TLS_KEY and MAINSTAY_TLS_CA must be set too',
  );
});

test('a process that others can reach does not start in clear text unless it is told to', async () => {
  const clear = { MAINSTAY_TLS_CERT: '', MAINSTAY_TLS_KEY: '', MAINSTAY_TLS_CA: '', MAINSTAY_HOST: '0.0.0.0' };

  await expect(start('users', clear)).rejects.toMatchObject({ reason: 'PLAIN_TEXT_REFUSED' });
  await using host = await start('users', { ...clear, MAINSTAY_ALLOW_PLAIN_TEXT: 'true' });
  expect(host.grpcAddress).toMatch(/^0\.0\.0\.0:\d+$/);
});

test('a caller whose certificate expired is refused, and the log names the reason; a good one is answered', async () => {
  folder.issue('users', {}, Date.now());
  folder.issue('orders', {}, Date.now());
  folder.issue('late', { services: ['orders'], lifetimeMs: dayMs }, Date.now() - 2 * dayMs);
  await using host = await start('users');

  expect(await ask(host, 'orders')).toBe('answered');
  expect(await ask(host, 'late')).not.toBe('answered');
  expect(lines).toContainEqual(expect.objectContaining({ rule: 'tls', detail: 'CERT_HAS_EXPIRED' }));
});

test('a process is not called by another name than that of its certificate', async () => {
  folder.issue('users', {}, Date.now());
  folder.issue('orders', {}, Date.now());
  await using host = await start('users');

  expect(await ask(host, 'orders', 'products')).toMatch(
    /the certificate is for spiffe:\/\/shop\/service\/users.* and not for spiffe:\/\/shop\/service\/products$/,
  );
});

test('new files are taken while the process runs; damaged ones leave the old certificate in force and are told', async () => {
  folder.issue('orders', {}, Date.now());
  const first = folder.issue('users', {}, Date.now());
  await using host = await start('users');
  expect(await certificateOf(host)).toMatchObject({
    fleet: 'shop',
    services: ['users'],
    fingerprint: first.fingerprint,
  });

  const second = folder.rotate('users', Date.now());
  const fingerprint = async () => (await certificateOf(host)).fingerprint;
  await expect.poll(fingerprint, { timeout: 15_000 }).toBe(second.fingerprint);

  copyFileSync(folder.files('orders').key, folder.files('users').key);
  const warning = async () => (await certificateOf(host)).warning;
  await expect.poll(warning, { timeout: 15_000 }).toMatch(/the key is not that of the certificate$/);
  expect(await fingerprint()).toBe(second.fingerprint);
  expect(await ask(host, 'orders')).toBe('answered');
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      msg: 'new certificate files cannot be used, the old certificate stays in force',
    }),
  );

  writeFileSync(folder.files('users').certificate, '');
  await expect.poll(warning, { timeout: 15_000 }).toMatch(/the certificate is empty$/);
  folder.issue('users', { services: ['products'] }, Date.now());
  await expect.poll(warning, { timeout: 15_000 }).toMatch(/is for products, this process hosts users$/);
  expect(await fingerprint()).toBe(second.fingerprint);
  folder.issue('users', {}, Date.now());
  await expect.poll(warning, { timeout: 15_000 }).toBeUndefined();
});

test('a certificate with less than a fifth of its life left is a warning in log, health and metrics', async () => {
  folder.issue('users', { lifetimeMs: 10 * dayMs }, Date.now() - 9 * dayMs);
  await using host = await start('users');

  expect((await certificateOf(host)).warning).toMatch(/^the certificate expires at \d{4}-/);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: expect.stringMatching(/^the certificate expires at/) }),
  );
  const metrics = await (await fetch(`${host.managementUrl}/metrics`)).text();
  const left = Number(/^tls_certificate_expires_in\S* (\d+)/m.exec(metrics)?.[1]);
  expect(left).toBeGreaterThan(86_000);
  expect(left).toBeLessThanOrEqual(86_400);
});
