import { networkInterfaces } from 'node:os';

/**
 * The address under which others reach a listener of this process.
 *
 * @param bound - `host:port` as bound, an IPv6 host in brackets.
 * @param advertisedHost - host to put in its place; absent: the bound one, or when that means "all", the first IPv4
 * address of this machine that is not internal.
 */
export function advertisedAddress(bound: string, advertisedHost: string | undefined): string {
  const colon = bound.lastIndexOf(':');
  const [host, port] = [bound.slice(0, colon), bound.slice(colon + 1)];
  const isAll = host === '0.0.0.0' || host === '[::]' || host === '::';
  const shown = advertisedHost ?? (isAll ? (outerIpv4() ?? '127.0.0.1') : host);
  return `${shown.includes(':') && !shown.startsWith('[') ? `[${shown}]` : shown}:${port}`;
}

function outerIpv4(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
