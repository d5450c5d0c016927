import type { Decision, Standing } from '@mainstay/rate-limit';

/**
 * The headers that tell a client where it stands.
 *
 * `X-RateLimit-*` are about the bucket that decided: `Limit` is the lasting rate per minute, `Remaining` the calls that may be
 * made at once (up to the burst, so it can be larger), `Reset` the Unix second at which all of them are back. The fields of the
 * IETF draft tell of every bucket: its burst `q` that comes back within `w` seconds, what remains of it `r`, full again after `t`.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimitHeaders({ by, standings }: Decision): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(by.limitPerMinute),
    'x-ratelimit-remaining': String(by.remaining),
    'x-ratelimit-reset': String(Math.ceil(by.resetAtMs / 1_000)),
    'ratelimit-policy': standings.map(policyOf).join(', '),
    ratelimit: standings.map(stateOf).join(', '),
  };
}

function policyOf({ name, burst, limitPerMinute }: Standing): string {
  return `"${name}";q=${burst};w=${Math.ceil((burst * 60) / limitPerMinute)}`;
}

function stateOf({ name, remaining, resetInMs }: Standing): string {
  // A millionth of a second is forgiven, so that exactly 6 s do not become 7.
  return `"${name}";r=${remaining};t=${Math.ceil(resetInMs / 1_000 - 1e-6)}`;
}
