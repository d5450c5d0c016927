import { isIPv6 } from 'node:net';

/**
 * The part of a network address that stands for one client: an IPv4 address, or the first 64 bits of an IPv6 one.
 *
 * One household or host commonly owns a whole /64, so limiting single IPv6 addresses would limit nobody.
 *
 * @param address - as a socket reports it; IPv4 mapped into IPv6 becomes IPv4, a zone (`%eth0`) is dropped.
 */
export function clientAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  // What nearly all are, and what they become.
  if (!(address.includes(':') || address.includes('%'))) return address;
  const plain = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
