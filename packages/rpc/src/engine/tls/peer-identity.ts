import type { TLSSocket } from 'node:tls';
import type { PeerIdentity } from '../tls.ts';
import { readSubjectNames } from './subject-names.ts';

/**
 * Reads who a peer proved to be; undefined when its certificate was not asked for or is not one of the authorities'.
 *
 * Cost: parses the certificate, so it is for once in a connection.
 */
export function readPeerIdentity(socket: TLSSocket): PeerIdentity | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { uris, dnsNames } = readSubjectNames(certificate.subjectAltName);
  return { uris, dnsNames, fingerprint: certificate.fingerprint256 };
}
