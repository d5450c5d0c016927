import { createHash } from 'node:crypto';
import { PlatformError } from '@mainstay/kernel';
import type { FastifyRequest } from 'fastify';
import { cardNetworkReasons } from '../errors.ts';
import type { EffectCall } from '../ledger/ledger.ts';

const keyShape = /^[\x21-\x7e]{1,255}$/;

/**
 * Reads the idempotency key of a call and the fingerprint of what it asks.
 *
 * @param body - the checked body: the schema fixes the order of its fields, so equal requests give equal text.
 */
export function effectCall(request: FastifyRequest, body: unknown): EffectCall {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !keyShape.test(key)) {
    throw new PlatformError(
      cardNetworkReasons.CARD_NETWORK_IDEMPOTENCY_KEY_REQUIRED,
      'Idempotency-Key must be given, 1 to 255 visible characters',
    );
  }
  const text = `${request.method} ${request.url}\n${JSON.stringify(body)}`;
  return { key, fingerprint: createHash('sha256').update(text).digest('base64url') };
}
