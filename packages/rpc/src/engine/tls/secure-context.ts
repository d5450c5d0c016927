import type { SecureContextOptions } from 'node:tls';
import type { Credentials } from '../tls.ts';

/** What is agreed on by ALPN; nothing else is spoken (RFC 9113 section 3.2). */
export const alpnProtocol = 'h2';

/**
 * The suites of TLS 1.3, and of TLS 1.2 only those that RFC 9113 appendix A leaves: keys that are forgotten after use,
 * and ciphers that authenticate.
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** What both sides of TLS are made of: TLS 1.2 at least, 1.3 wherever the peer has it. */
export function contextOptions({ certificate, key, authorities }: Credentials): SecureContextOptions {
  return { cert: certificate, key, ca: authorities, ciphers, minVersion: 'TLSv1.2' };
}
