import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CertificateFolder } from './certificate-folder.ts';
import { CertificateKeeper } from './certificate-keeper.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

let root: string;
let folder: CertificateFolder;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mainstay-certificates-'));
  folder = new CertificateFolder(join(root, 'certificates'), 'shop');
});
afterEach(() => rmSync(root, { recursive: true }));

test('keys are for their owner only, and a second authority is refused', () => {
  folder.init(nowMs);
  folder.issue('orders', {}, nowMs);

  for (const name of ['authority', 'orders']) expect(statSync(folder.files(name).key).mode & 0o777).toBe(0o600);
  expect(() => folder.init(nowMs)).toThrow('has an authority already');
});

test('nothing is issued without an authority, and an unknown name is told with the names there are', () => {
  expect(() => folder.issue('orders', {}, nowMs)).toThrow('make one with `mainstay certs init`');
  folder.init(nowMs);
  expect(() => folder.status('orders')).toThrow('choose one of none, there is no certificate yet');
  folder.issue('users', {}, nowMs);
  expect(() => folder.rotate('orders', nowMs)).toThrow('there is no certificate of orders');
  expect(() => folder.status('orders')).toThrow('choose one of users');
});

test('a rotated certificate has another key and the same names, hosts and length of life', () => {
  folder.init(nowMs);
  const before = folder.issue('orders', { hosts: ['10.0.0.7'], lifetimeMs: 7 * dayMs }, nowMs);
  const after = folder.rotate('orders', nowMs + dayMs);

  expect(after.fingerprint).not.toBe(before.fingerprint);
  expect([after.services, after.hosts]).toEqual([before.services, before.hosts]);
  expect(Date.parse(after.expires_at) - Date.parse(before.expires_at)).toBeGreaterThanOrEqual(dayMs);
});

test('a damaged file is told by its path', () => {
  folder.init(nowMs);
  folder.issue('orders', {}, nowMs);
  const { certificate } = folder.files('orders');
  writeFileSync(certificate, 'nonsense');

  expect(() => folder.status('orders')).toThrow(`${certificate} is no certificate`);
});

test('a keeper issues what is missing, leaves what is good, and renews when less than a third of 30 days is left', async () => {
  const clock = new FakeClock(nowMs);
  using keeper = new CertificateKeeper({ folder, clock, logger: silentLogger });
  keeper.ensure('orders', ['orders']);
  const first = folder.status('orders').fingerprint;
  keeper.ensure('orders', ['orders']);
  expect(folder.status('orders').fingerprint).toBe(first);

  const look = async (afterMs: number): Promise<void> => {
    clock.jump(afterMs);
    await clock.advance(60_000);
  };
  await look(19 * dayMs);
  expect(folder.status('orders').fingerprint).toBe(first);
  await look(2 * dayMs);
  expect(folder.status('orders').fingerprint).not.toBe(first);
});

test('a keeper issues anew for other services and under another authority', () => {
  const clock = new FakeClock(nowMs);
  using keeper = new CertificateKeeper({ folder, clock, logger: silentLogger });
  keeper.ensure('shop', ['orders']);
  keeper.ensure('shop', ['orders', 'users']);
  const { services, fingerprint } = folder.status('shop');
  expect(services).toEqual(['orders', 'users']);

  rmSync(folder.files('authority').certificate);
  keeper.ensure('shop', ['orders', 'users']);
  expect(folder.status('shop').fingerprint).not.toBe(fingerprint);
});
