import { anonymousTier } from '@mainstay/rate-limit';
import type { ApiKeyOwner } from './api-keys.ts';
import { clientAddress } from './client-address.ts';

/** Who sends requests, as far as limits are concerned; a signed-in user is another matter. */
export interface Client {
  /** `key:<client>` or `address:<address>`: the bucket it draws from, and its name in the access log. */
  readonly id: string;
  readonly tier: string;
  /** True when a key was sent that nobody was given; it draws from the bucket of its address and is then refused. */
  readonly keyRefused: boolean;
}

/**
 * Tells who sends a request.
 *
 * An invented key does not open a bucket of its own, so guessing keys is limited like anonymous use; an empty one is none.
 */
export function identifyClient(
  apiKeys: (key: string) => ApiKeyOwner | undefined,
  request: { readonly apiKey: string | undefined; readonly address: string | undefined },
): Client {
  const apiKey = request.apiKey === '' ? undefined : request.apiKey;
  const owner = apiKey === undefined ? undefined : apiKeys(apiKey);
  if (owner !== undefined) return { id: `key:${owner.client}`, tier: owner.tier, keyRefused: false };
  const id = `address:${clientAddress(request.address)}`;
  return { id, tier: anonymousTier, keyRefused: apiKey !== undefined };
}
