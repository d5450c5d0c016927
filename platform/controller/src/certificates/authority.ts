import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { serviceUri } from '@mainstay/rpc';
import { signCertificate } from './sign-certificate.ts';

/** A certificate and its private key, both in PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  /** PKCS #8, not encrypted. */
  readonly key: string;
}

/** What a certificate is issued for. */
export interface CertificateOrder {
  readonly fleet: string;
  /** Services that the holder is; several when one process hosts several. */
  readonly services: readonly string[];
  /** DNS names and IP addresses beside those of this machine. */
  readonly hosts: readonly string[];
  readonly lifetimeMs: number;
}

const dayMs = 86_400_000;

/** An authority outlives every fleet on a developer's machine: 10 years. */
const authorityLifetimeMs = 3_650 * dayMs;

/** How far the clocks of two machines may be apart. */
const clockSkewMs = 60_000;

const ownHosts = ['localhost', '127.0.0.1', '::1'];

/** Makes the authority of a fleet; it may issue for services only, not make other authorities. */
export function createAuthority(fleet: string, nowMs: number): KeyedCertificate {
  const { privateKey, publicKey } = newKeys();
  const certificate = signCertificate(
    {
      commonName: `${fleet} development authority`,
      publicKey,
      names: undefined,
      notBeforeMs: nowMs - clockSkewMs,
      notAfterMs: nowMs + authorityLifetimeMs,
    },
    { key: privateKey, certificate: undefined },
  );
  return { certificate, key: pemOf(privateKey) };
}

/** Issues a certificate with a new key; it does not outlive the authority. */
export function issueCertificate(
  authority: KeyedCertificate,
  order: CertificateOrder,
  nowMs: number,
): KeyedCertificate {
  const { privateKey, publicKey } = newKeys();
  const authorityEndMs = new X509Certificate(authority.certificate).validToDate.getTime();
  const { fleet, services } = order;
  const certificate = signCertificate(
    {
      commonName: services.join('+'),
      publicKey,
      names: {
        uris: services.map((service) => serviceUri({ fleet, service })),
        hosts: [...new Set([...ownHosts, ...order.hosts])],
      },
      notBeforeMs: nowMs - clockSkewMs,
      notAfterMs: Math.min(nowMs + order.lifetimeMs, authorityEndMs),
    },
    { key: createPrivateKey(authority.key), certificate: authority.certificate },
  );
  return { certificate, key: pemOf(privateKey) };
}

function newKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
