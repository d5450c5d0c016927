const exact = new Set([
  'token',
  'pan',
  'cvv',
  'cvc',
  'csc',
  'cookie',
  'setcookie',
  'credentials',
  'jwt',
  'bearer',
  'mainstayidentity',
  'internalkey',
]);
const inside = ['password', 'passwd', 'passphrase', 'secret', 'socialsecurity'];
const endings = [
  'ssn',
  'taxid',
  'nationalid',
  'passportnumber',
  'driverslicense',
  'bankaccountnumber',
  'medicalrecordnumber',
  'token',
  'apikey',
  'authorization',
  'cardnumber',
  'privatekey',
  'signingkey',
  'cvv',
  'cvc',
];
/** Ends like a secret but is none: an opaque place in a list, shown because it helps to find a page again. */
const harmless = new Set(['pagetoken', 'nextpagetoken', 'previouspagetoken']);

/** Names that stand before their value in a flat list of header lines. */
const headerNames = new Set(['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'xapikey']);

const maxCached = 2_000;
const cache = new Map<string, boolean>();

/**
 * Tells whether the value under this name must never be written.
 *
 * Spelling does not matter: `card_number`, `cardNumber`, `Card-Number` and `CARD_NUMBER` are one name; anything that
 * contains `password` or `secret`, or ends in `token` or `ssn`, is taken.
 *
 * Cost: one map look-up for a name seen before; 2,000 names are kept.
 */
export function isSensitiveKey(name: string): boolean {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const answer = judge(normalise(name));
  if (cache.size < maxCached && name.length <= 64) cache.set(name, answer);
  return answer;
}

/** Tells whether a list element is the name of a header whose value follows it. */
export function isSensitiveHeaderName(value: string): boolean {
  return value.length <= 24 && headerNames.has(normalise(value));
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function judge(name: string): boolean {
  if (harmless.has(name)) return false;
  if (exact.has(name)) return true;
  return inside.some((part) => name.includes(part)) || endings.some((ending) => name.endsWith(ending));
}
