import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { PlatformError } from '@mainstay/kernel';
import { type Credentials, readCertificateServices } from '@mainstay/rpc';
import { serviceReasons } from '../errors.ts';

/** What good credentials say. */
export interface CredentialFacts {
  readonly fleet: string;
  /** Services that the certificate speaks for. */
  readonly services: readonly string[];
  readonly validFromMs: number;
  readonly expiresAtMs: number;
  /** SHA-256, in hexadecimal digits with colons. */
  readonly fingerprint: string;
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Checks that credentials can be used now: certificate and key fit, an authority among those given issued it, the time is
 * right, and it names services of one fleet, those of this process among them.
 *
 * @throws {@link PlatformError} `CERTIFICATE_INVALID` with what is wrong; never with a part of the key.
 */
export function checkCredentials(
  credentials: Credentials,
  { nowMs, services }: { readonly nowMs: number; readonly services: readonly string[] },
): CredentialFacts {
  const chain = parseAll(credentials.certificate, 'certificate');
  const [own] = chain;
  const authorities = parseAll(credentials.authorities, 'authority');
  if (own === undefined) throw invalid('the certificate is empty');
  if (!own.checkPrivateKey(parseKey(credentials.key))) throw invalid('the key is not that of the certificate');
  if (!isIssued(own, [...chain.slice(1), ...authorities])) {
    throw invalid(`the certificate was issued by ${own.issuer}, which is not among the authorities`);
  }
  const [validFromMs, expiresAtMs] = [own.validFromDate.getTime(), own.validToDate.getTime()];
  if (nowMs >= expiresAtMs) throw invalid(`the certificate expired at ${own.validToDate.toISOString()}`);
  if (nowMs < validFromMs) throw invalid(`the certificate is not valid before ${own.validFromDate.toISOString()}`);
  const named = readCertificateServices(credentials.certificate);
  if (named === undefined) {
    throw invalid('the certificate names no service; it needs a URI such as spiffe://shop/service/orders');
  }
  const missing = services.filter((service) => !named.services.includes(service));
  if (missing.length > 0) {
    const message = `the certificate is for ${named.services.join(' and ')}, this process hosts ${missing.join(' and ')}`;
    throw invalid(message);
  }
  return { ...named, validFromMs, expiresAtMs, fingerprint: own.fingerprint256 };
}

function parseAll(pem: string, what: string): X509Certificate[] {
  try {
    return (pem.match(pemBlock) ?? []).map((block) => new X509Certificate(block));
  } catch (cause) {
    throw invalid(`the ${what} cannot be read`, cause);
  }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause may quote the key, so it is not passed on.
    throw invalid('the key cannot be read; it must be PEM and not encrypted');
  }
}

function isIssued(certificate: X509Certificate, issuers: readonly X509Certificate[]): boolean {
  return issuers.some((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
}

function invalid(what: string, cause?: unknown): PlatformError {
  return new PlatformError(serviceReasons.CERTIFICATE_INVALID, what, { cause });
}
