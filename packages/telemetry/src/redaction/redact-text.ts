/** What stands in place of a removed value. */
export const redacted = '[redacted]';

/** Longest text that is written; the rest is cut, so one value cannot flood the log. */
const maxTextLength = 8_192;

const jwt = /(?<![A-Za-z0-9])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g;
const scheme = /\b(Bearer|Basic|ApiKey)(\s+)[\w.~+/=-]{6,}/gi;
const userInfo = /(:\/\/[^\s:/@]*):[^\s/@]+@/g;
const name = '[\\w-]*(?:password|passwd|secret|token|api[_-]?key|authorization|card[_-]?number|cvv|cvc|\\bpan)';
const jsonPair = new RegExp(`(\\\\?"${name}\\\\?"\\s*:\\s*\\\\?")[^"\\\\]*`, 'gi');
const formPair = new RegExp(`(\\b${name}=)[^\\s&;,"']+`, 'gi');
const uuidOrCard =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9A-Za-z])[2-6](?:[ -]?\d){12,18}(?![0-9A-Za-z])/gi;

/**
 * Removes what looks like a secret from a text: JWTs, card numbers (13 to 19 digits that pass the Luhn check,
 * beginning with 2 to 6 as all card networks do), `Bearer …`, passwords in addresses, and `password=…`-like pairs.
 *
 * UUIDs and epoch milliseconds are left alone. Text over 8,192 characters is cut.
 */
export function redactText(text: string): string {
  if (text.length < 8) return text;
  const cut = text.length > maxTextLength ? cutText(text) : text;
  let result = cut;
  if (result.includes('eyJ')) result = result.replace(jwt, redacted);
  if (result.includes('://')) result = result.replace(userInfo, `$1:${redacted}@`);
  if (result.includes(' ')) result = result.replace(scheme, `$1$2${redacted}`);
  if (result.includes('"')) result = result.replace(jsonPair, `$1${redacted}`);
  if (result.includes('=')) result = result.replace(formPair, `$1${redacted}`);
  return result.length >= 13 && /\d/.test(result) ? result.replace(uuidOrCard, hideCard) : result;
}

/** Tells whether digits make a card number: 13 to 19 of them, first one 2 to 6, Luhn check passed. */
export function isCardNumber(digits: string): boolean {
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function hideCard(match: string): string {
  return isCardNumber(match.replace(/[ -]/g, '')) ? redacted : match;
}

/** Cuts before the last unbroken word, because half a secret would not be recognised. */
function cutText(text: string): string {
  const head = text.slice(0, maxTextLength);
  return `${head.slice(0, head.search(/[\w.+/=-]*$/))}… (${text.length} characters)`;
}
