import { PlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { PeerIdentity } from '../engine/tls.ts';
import { rpcReasons } from '../errors.ts';
import { type CertificateServices, servicesOf } from '../identity/certificate-services.ts';

/** Read once for each connection, whose calls all carry the same object. */
const known = new WeakMap<PeerIdentity, CertificateServices | undefined>();

/** The services of a fleet that a peer's certificate names. */
function peerServices(peer: PeerIdentity, fleet: string): readonly string[] {
  if (!known.has(peer)) known.set(peer, servicesOf(peer.uris));
  const found = known.get(peer);
  return found?.fleet === fleet ? found.services : [];
}

/**
 * Refuses a signed identity that comes over a connection of somebody else: the service that signed must be one that the
 * certificate names. A call that claims no service needs none.
 *
 * @throws {@link PlatformError} `permission_denied` / `CALLER_MISMATCH`; executed: no.
 */
export function checkCertificate(peer: PeerIdentity | undefined, identity: Identity, fleet: string): void {
  const { viaService } = identity;
  if (viaService === undefined) return;
  const services = peer === undefined ? [] : peerServices(peer, fleet);
  if (services.includes(viaService)) return;
  const named = services.length === 0 ? `no service of ${fleet}` : services.join(' and ');
  const message = `the call is signed by ${viaService}, and the certificate of its connection names ${named}`;
  throw new PlatformError(rpcReasons.CALLER_MISMATCH, message);
}
