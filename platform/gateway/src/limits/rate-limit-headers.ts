import type { Decision, Standing } from '@mainstay/rate-limit';
import type { Reply } from '../exchange/reply.ts';

/**
 * Sets the headers that tell a client where it stands.
 *
 * `X-RateLimit-*` are about the bucket that decided: `Limit` is the lasting rate per minute, `Remaining` the calls that may be
 * made at once (up to the burst, so it can be larger), `Reset` the Unix second at which all of them are back. The fields of the
 * IETF draft tell of every bucket: its burst `q` that comes back within `w` seconds, what remains of it `r`, full again after `t`.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function setRateLimitHeaders(reply: Pick<Reply, 'header'>, { by, standings }: Decision): void {
  let policies = '';
  let states = '';
  for (const standing of standings) {
    const comma = policies === '' ? '' : ', ';
    policies += comma + policyOf(standing);
    states += comma + stateOf(standing);
  }
  reply.header('x-ratelimit-limit', String(by.limitPerMinute));
  reply.header('x-ratelimit-remaining', String(by.remaining));
  reply.header('x-ratelimit-reset', String(Math.ceil(by.resetAtMs / 1_000)));
  reply.header('ratelimit-policy', policies);
  reply.header('ratelimit', states);
}

function policyOf({ name, burst, limitPerMinute }: Standing): string {
  return `"${name}";q=${burst};w=${Math.ceil((burst * 60) / limitPerMinute)}`;
}

function stateOf({ name, remaining, resetInMs }: Standing): string {
  // A millionth of a second is forgiven, so that exactly 6 s do not become 7.
  return `"${name}";r=${remaining};t=${Math.ceil(resetInMs / 1_000 - 1e-6)}`;
}
