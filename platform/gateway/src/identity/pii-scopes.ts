import type { FieldSensitivity } from '@mainstay/rpc';

/** Scopes of a key or a token that let personal data and secrets of others through, to callers whose roles are shown them. */
export const piiScopes = { medium: 'pii.medium.read', high: 'pii.high.read' } as const;

/**
 * The most sensitive fields that the scopes of a request let through: what its key and its token both do.
 *
 * A list without scopes opens every route, and with them personal data, but never a secret: that has to be named. A list
 * that names routes only lets no personal data through.
 */
export function scopeCeiling(keyScopes: readonly string[], tokenScopes: readonly string[]): FieldSensitivity {
  if (tokenScopes.length === 0) return ceilingOf(keyScopes);
  if (keyScopes.length === 0) return ceilingOf(tokenScopes);
  const [key, token] = [ceilingOf(keyScopes), ceilingOf(tokenScopes)];
  return key === 'low' || (key === 'medium' && token === 'high') ? key : token;
}

function ceilingOf(scopes: readonly string[]): FieldSensitivity {
  if (scopes.length === 0) return 'medium';
  if (scopes.includes(piiScopes.high)) return 'high';
  return scopes.includes(piiScopes.medium) ? 'medium' : 'low';
}
