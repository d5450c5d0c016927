import type { Identity } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { servicesOf } from '../identity/certificate-services.ts';
import { readServiceUri, serviceUri } from '../identity/service-uri.ts';
import { checkCertificate } from './check-certificate.ts';

const peerWith = (...uris: string[]) => ({ uris, dnsNames: ['localhost'], fingerprint: 'AB:CD' });
const via = (viaService: string): Identity => ({ kind: 'service', roles: [], viaService });

test('a service is written into a certificate as a URI, and read from it', () => {
  const name = { fleet: 'shop', service: 'card-processor' };

  expect(serviceUri(name)).toBe('spiffe://shop/service/card-processor');
  expect(readServiceUri(serviceUri(name))).toEqual(name);
});

test.each([
  'https://shop/service/orders',
  'spiffe://shop/orders',
  'spiffe://shop/service/',
  'spiffe://shop/service/orders/x',
  'spiffe:///service/orders',
  'spiffe://shop/service/Orders',
  'spiffe://shop/service/orders?admin',
])('%s names no service', (uri) => {
  expect(readServiceUri(uri)).toBeUndefined();
});

test('a certificate may name several services of one fleet, and means nothing when it names two fleets', () => {
  const [orders, users, other] = [
    'spiffe://shop/service/orders',
    'spiffe://shop/service/users',
    'spiffe://b/service/x',
  ];

  expect(servicesOf([orders, 'https://x', users])).toEqual({ fleet: 'shop', services: ['orders', 'users'] });
  expect(servicesOf([orders, other])).toBeUndefined();
  expect(servicesOf([])).toBeUndefined();
});

test('the service that signed must be one that the certificate names, of the same fleet', () => {
  const orders = peerWith('spiffe://shop/service/orders', 'spiffe://shop/service/users');

  expect(() => checkCertificate(orders, via('users'), 'shop')).not.toThrow();
  expect(() => checkCertificate(orders, via('gateway'), 'shop')).toThrow(
    'the call is signed by gateway, and the certificate of its connection names orders and users',
  );
  expect(() => checkCertificate(orders, via('orders'), 'other')).toThrow('names no service of other');
  expect(() => checkCertificate(peerWith(), via('orders'), 'shop')).toThrow('names no service of shop');
});

test('who signs nothing needs no certificate, and who signs needs one', () => {
  expect(() => checkCertificate(undefined, { kind: 'anonymous', roles: [] }, 'shop')).not.toThrow();
  expect(() => checkCertificate(undefined, via('orders'), 'shop')).toThrow(
    expect.objectContaining({ reason: 'CALLER_MISMATCH', executed: 'no' }),
  );
});
