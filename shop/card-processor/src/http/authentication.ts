import { createHash, timingSafeEqual } from 'node:crypto';
import { PlatformError } from '@mainstay/kernel';
import type { FastifyRequest } from 'fastify';
import { cardNetworkReasons } from '../errors.ts';

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/**
 * Makes the hook that lets only callers with the key pass.
 *
 * Compares digests, in a time that depends on neither the content nor the length of what was sent.
 */
export function createAuthentication(apiKey: string) {
  const expected = digest(`Bearer ${apiKey}`);
  return async (request: FastifyRequest): Promise<void> => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    throw new PlatformError(cardNetworkReasons.CARD_NETWORK_KEY_INVALID, 'the API key is missing or wrong');
  };
}
