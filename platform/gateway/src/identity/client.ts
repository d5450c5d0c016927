import { anonymousTier } from '@mainstay/rate-limit';
import type { FindApiKey } from './api-keys.ts';
import { clientAddress } from './client-address.ts';

/** Who sends requests, as far as limits are concerned; a signed-in user is another matter. */
export interface Client {
  /** `key:<client>` or `address:<address>`: the bucket it draws from, and its name in the access log. */
  readonly id: string;
  readonly tier: string;
  /** Network address, or the first 64 bits of an IPv6 one. */
  readonly address: string;
  /** Of the key; undefined for none. */
  readonly tenant: string | undefined;
  /** What the key opens; empty for every route. */
  readonly scopes: readonly string[];
  /** True when a key was sent that nobody was given; it draws from the bucket of its address and is then refused. */
  readonly keyRefused: boolean;
}

/**
 * Tells who sends a request.
 *
 * An invented key does not open a bucket of its own, so guessing keys is limited like anonymous use; an empty one is none.
 */
export function identifyClient(
  apiKeys: FindApiKey,
  request: { readonly apiKey: string | undefined; readonly address: string | undefined },
): Client {
  const apiKey = request.apiKey === '' ? undefined : request.apiKey;
  const owner = apiKey === undefined ? undefined : apiKeys(apiKey);
  const address = clientAddress(request.address);
  if (owner !== undefined) {
    const { client, tier, tenant, scopes = everything } = owner;
    return { id: `key:${client}`, tier, address, tenant, scopes, keyRefused: false };
  }
  const keyRefused = apiKey !== undefined;
  return { id: `address:${address}`, tier: anonymousTier, address, tenant: undefined, scopes: everything, keyRefused };
}

const everything: readonly string[] = [];
