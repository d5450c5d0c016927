import type { AffinityKey } from '@mainstay/discovery';
import { currentContext } from '@mainstay/kernel/context';
import type { Metadata } from '../engine/metadata.ts';
import { headers } from '../wire/headers.ts';

/**
 * Reads the key that keeps calls together under `ring_hash`.
 *
 * @param header - the call's own headers; an idempotency key among them wins over the context's.
 * @returns undefined when the call has none: it then goes anywhere.
 */
export function affinityKeyOf(key: AffinityKey, header: Metadata): string | undefined {
  switch (key.from) {
    case 'header':
      return header.get(key.name);
    case 'user':
      return currentContext()?.identity.userId;
    case 'idempotency_key':
      return header.get(headers.idempotencyKey) ?? currentContext()?.idempotencyKey;
  }
}
