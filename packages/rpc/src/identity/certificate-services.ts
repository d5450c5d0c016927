import { X509Certificate } from 'node:crypto';
import { optionError } from '@mainstay/kernel';
import { readSubjectNames } from '../engine/tls/subject-names.ts';
import { readServiceUri } from './service-uri.ts';

/** What a certificate says about the services it was issued for. */
export interface CertificateServices {
  readonly fleet: string;
  readonly services: readonly string[];
}

/**
 * Reads the services of a certificate; undefined when it names none, or services of several fleets.
 *
 * @param certificate - in PEM; of a chain the first one counts.
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for what is no certificate.
 */
export function readCertificateServices(certificate: string): CertificateServices | undefined {
  let names: string | undefined;
  try {
    names = new X509Certificate(certificate).subjectAltName;
  } catch (cause) {
    throw optionError('certificate', 'a certificate in PEM', (cause as Error).message);
  }
  return servicesOf(readSubjectNames(names).uris);
}

/** Reads the services that URIs of a certificate name; undefined when there are none, or of several fleets. */
export function servicesOf(uris: readonly string[]): CertificateServices | undefined {
  const read = uris.map(readServiceUri).filter((name) => name !== undefined);
  const [first] = read;
  if (first === undefined || read.some(({ fleet }) => fleet !== first.fleet)) return undefined;
  return { fleet: first.fleet, services: read.map(({ service }) => service) };
}
