import type { PlatformError } from '@mainstay/kernel';

const fromPeers = new WeakSet<PlatformError>();

/** Remembers that an error came out of a call to another service. */
export function markFromPeer(error: PlatformError): void {
  fromPeers.add(error);
}

/** Tells whether an error came out of a call to another service. */
export function isFromPeer(error: PlatformError): boolean {
  return fromPeers.has(error);
}
