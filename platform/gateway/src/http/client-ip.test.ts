import type { HttpRequest } from '@mainstay/http1';
import { describe, expect, it } from 'vitest';
import { createClientIp } from './client-ip.ts';

function ipOf(trusted: readonly string[], remoteAddress: string, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return createClientIp(trusted)({ remoteAddress, headers } as HttpRequest);
}

describe('the address of a client', () => {
  it.for([
    ['is that of the connection without trusted proxies', [], '10.0.0.1', '1.1.1.1', '10.0.0.1'],
    ['is that of the connection when it is no trusted proxy', ['10.0.0.0/8'], '192.0.2.1', '1.1.1.1', '192.0.2.1'],
    ['is what a trusted proxy says', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['is the last one that no trusted proxy has', ['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['is the first one when all are trusted', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['is the proxy without the header', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    ['is the proxy with an empty header', ['10.0.0.1'], '10.0.0.1', '', '10.0.0.1'],
    ['may be IPv6', ['2001:db8::/32'], '2001:db8::1', '2001:db9::5', '2001:db9::5'],
    ['is told by IPv4 in IPv6 too', ['10.0.0.0/8'], '::ffff:10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['may be no address at all, which is trusted no further', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, x', 'x'],
  ] as const)('%s', ([, trusted, remote, forwarded, expected]) => {
    expect(ipOf(trusted, remote, forwarded)).toBe(expected);
  });

  it.for(['proxy.example', '10.0.0.0/33', '10.0.0.0/x', '::1/129', ''])(
    'cannot be told by %j: OPTION_INVALID',
    (proxy) => {
      expect(() => createClientIp([proxy])).toThrow(expect.objectContaining({ reason: 'OPTION_INVALID' }));
    },
  );
});
