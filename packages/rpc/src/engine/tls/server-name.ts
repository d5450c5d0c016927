import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { readSubjectNames } from './subject-names.ts';

/**
 * Tells why a certificate does not belong to a server; undefined when it does.
 *
 * Only subject alternative names count (RFC 6125 section 6.4.4, RFC 9525 section 4.1): a URI and an IP address must be
 * there to the letter, a DNS name by the rules of `node:tls`.
 */
export function checkServerName(expected: string, certificate: PeerCertificate): Error | undefined {
  const { uris, dnsNames, addresses } = readSubjectNames(certificate.subjectaltname);
  const names = [...uris, ...dnsNames, ...addresses];
  const isRight = expected.includes('://')
    ? uris.includes(expected)
    : (isIP(expected) > 0 || dnsNames.length > 0) && checkServerIdentity(expected, certificate) === undefined;
  if (isRight) return undefined;
  const message = `the certificate is for ${names.join(', ').slice(0, 200) || 'nobody'} and not for ${expected}`;
  return new PlatformError(rpcReasons.PEER_UNREACHABLE, message);
}
