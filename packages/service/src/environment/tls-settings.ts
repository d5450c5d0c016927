import { PlatformError } from '@mainstay/kernel';
import { serviceReasons } from '../errors.ts';
import type { CredentialFiles } from '../tls/file-credentials.ts';
import type { HostConfig } from './host-config.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/**
 * Reads where the credentials of a process lie; undefined when it speaks clear text.
 *
 * @throws {@link PlatformError} `CERTIFICATE_INVALID` when one of the three files is named and another is not;
 * `PLAIN_TEXT_REFUSED` for clear text on an address that others can reach, unless that is allowed.
 */
export function readTlsSettings(host: HostConfig): CredentialFiles | undefined {
  const { tls_cert: certificate, tls_key: key, tls_ca: authorities } = host;
  if (certificate !== undefined && key !== undefined && authorities !== undefined) {
    return { certificate, key, authorities };
  }
  const named = { MAINSTAY_TLS_CERT: certificate, MAINSTAY_TLS_KEY: key, MAINSTAY_TLS_CA: authorities };
  const missing = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length < 3) {
    const message = `${missing.join(' and ')} must be set too: certificate, key and authorities belong together`;
    throw new PlatformError(serviceReasons.CERTIFICATE_INVALID, message);
  }
  if (!loopback.test(host.host) && !host.allow_plain_text) {
    const message = `calls on ${host.host} would travel in clear text; set MAINSTAY_TLS_CERT, MAINSTAY_TLS_KEY and MAINSTAY_TLS_CA, or MAINSTAY_ALLOW_PLAIN_TEXT=true where something else encrypts them`;
    throw new PlatformError(serviceReasons.PLAIN_TEXT_REFUSED, message);
  }
  return undefined;
}
