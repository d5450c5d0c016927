/**
 * Sent with every answer; an API answer is data, so nothing in it may run, be framed, sniffed or kept.
 *
 * Shape: names and values in turn.
 */
export const apiFields: readonly string[] = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}).flat();
