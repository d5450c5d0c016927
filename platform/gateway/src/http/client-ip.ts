import { BlockList, isIP } from 'node:net';
import type { HttpRequest } from '@mainstay/http1';
import { optionError } from '@mainstay/kernel';

/**
 * Makes the function that tells the address of a client.
 *
 * `X-Forwarded-For` is read from its end for as long as the address before is a trusted proxy's; without trusted proxies it is not
 * looked at, because anybody can send it.
 *
 * @param trustedProxies - addresses and networks (`10.0.0.0/8`).
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for what is neither.
 */
export function createClientIp(trustedProxies: readonly string[]): (request: HttpRequest) => string {
  if (trustedProxies.length === 0) return ({ remoteAddress }) => remoteAddress;
  const trusted = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', bits] = proxy.split('/');
    const version = isIP(address);
    const longest = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? longest : Number(bits);
    if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > longest)
      throw optionError('server.trusted_proxies', 'addresses and networks such as 10.0.0.0/8', proxy);
    trusted.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  const isTrusted = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
  return ({ remoteAddress, headers }) => {
    const hops = (headers['x-forwarded-for'] ?? '').split(',').map((hop) => hop.trim());
    let address = remoteAddress;
    while (isTrusted(address)) {
      const before = hops.pop();
      if (before === undefined || before === '') break;
      address = before;
    }
    return address;
  };
}
