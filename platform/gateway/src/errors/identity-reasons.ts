import { defineReasons } from '@mainstay/kernel';

/** Why a key or a token opens nothing. */
export const identityReasons = defineReasons({
  API_KEY_INVALID: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'The X-API-Key header holds a key that nobody was given',
    operator: 'Add the SHA-256 of the key to clients.keys if the client is known',
  },
  API_KEY_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'An operator named an API key that does not exist, was revoked or replaced, or has expired',
    operator: 'Choose one of `mainstay gateway keys list`',
  },
  API_KEYS_NOT_KEPT: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The gateway has no database, so API keys cannot be created or changed',
    operator: 'Give the gateway a database with GATEWAY_DATABASE_URL, or add keys to clients.keys',
  },
  SCOPE_REQUIRED: {
    code: 'permission_denied',
    executed: 'no',
    retry: 'never',
    summary: 'The API key is limited to other routes',
    operator: 'Give the client a key with the scope in the message if it should use the route',
  },
  TOKEN_REQUIRED: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'The route needs a signed-in user and the request has no access token',
    operator: 'Nothing; the caller must sign in',
  },
  TOKEN_INVALID: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'The access token is malformed, forged, or made for somebody else',
    operator: 'Look for attempts from one client; check that all fleets share one users service',
  },
  TOKEN_EXPIRED: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'The access token was good and its time is over',
    operator: 'Nothing; the caller must refresh the session',
  },
  KEY_SET_UNAVAILABLE: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 2_000,
    summary:
      'An access token cannot be checked, because who signed it never answered with its keys, or not for too long',
    operator: 'Bring the users service up, or the OpenID Connect issuer that the log names',
  },
  ISSUER_UNUSABLE: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 5_000,
    summary: 'An OpenID Connect issuer gives no usable discovery document or keys; told in the log alone',
    operator: 'Read what is wrong in the message; look whether issuer in the configuration is what its documents say',
  },
});
