import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority, issueCertificate } from './authority.ts';
import { readHosts } from './read-hosts.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const order = { fleet: 'shop', services: ['orders'], hosts: ['orders.shop.svc', '10.1.2.3', 'fd00::1'] };

test('an authority is for 10 years, signs itself, and may issue but not for other authorities', () => {
  const certificate = new X509Certificate(createAuthority('shop', nowMs).certificate);

  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(certificate.validToDate.getTime()).toBe(nowMs + 3_650 * dayMs);
  expect(certificate.subject).toBe('CN=shop development authority');
});

test('a certificate is signed by its authority, fits its key, and names service, this machine and the hosts asked for', () => {
  const authority = createAuthority('shop', nowMs);
  const { certificate: pem, key } = issueCertificate(authority, { ...order, lifetimeMs: 30 * dayMs }, nowMs);
  const certificate = new X509Certificate(pem);
  const issuer = new X509Certificate(authority.certificate);

  expect(certificate.verify(issuer.publicKey) && certificate.checkIssued(issuer)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(key).toContain('BEGIN PRIVATE KEY');
  expect(certificate.subjectAltName?.split(', ')[0]).toBe('URI:spiffe://shop/service/orders');
  expect(readHosts(certificate.subjectAltName)).toEqual(['localhost', '127.0.0.1', '::1', ...order.hosts]);
  expect(certificate.validFromDate.getTime()).toBe(nowMs - 60_000);
  expect(certificate.validToDate.getTime()).toBe(nowMs + 30 * dayMs);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test('a process of three services has one certificate that names all', () => {
  const services = ['users', 'products', 'orders'];
  const { certificate } = issueCertificate(
    createAuthority('shop', nowMs),
    { ...order, services, lifetimeMs: dayMs },
    nowMs,
  );

  const { subjectAltName = '' } = new X509Certificate(certificate);
  expect(subjectAltName.match(/spiffe:\/\/shop\/service\/\w+/g)).toEqual(
    services.map((name) => `spiffe://shop/service/${name}`),
  );
});

test('a certificate ends with its authority at the latest, and two never share serial number or key', () => {
  const authority = createAuthority('shop', nowMs - 3_640 * dayMs);
  const [first, second] = [1, 2].map(
    () => new X509Certificate(issueCertificate(authority, { ...order, lifetimeMs: 30 * dayMs }, nowMs).certificate),
  );

  expect(first?.validToDate.getTime()).toBe(nowMs + 10 * dayMs);
  expect(first?.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(first?.serialNumber).not.toBe(second?.serialNumber);
  expect(first?.publicKey.equals(second!.publicKey)).toBe(false);
});
