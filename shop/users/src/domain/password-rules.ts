import type { FieldViolation } from '@mainstay/kernel';

/** Shortest password, in characters. Length is what counts; composition rules are left out on purpose. */
const minPasswordLength = 10;
/** Longest password, in characters; bounds the work of hashing. */
const maxPasswordLength = 128;
const minDistinctCharacters = 5;

/** Passwords that guessing programs try first and that pass the other rules, in lower case. */
const common = new Set([
  '1234567890',
  '12345678910',
  '0987654321',
  'adminadmin',
  'administrator',
  'changeme123',
  'football123',
  'iloveyou123',
  'letmein123',
  'password12',
  'password123',
  'password1234',
  'passw0rd123',
  'princess123',
  'qwerty12345',
  'qwerty123456',
  'qwertyuiop',
  'sunshine123',
  'welcome123',
  'welcome1234',
]);

/**
 * Lists everything wrong with a new password; empty when it is acceptable.
 *
 * @param password - as typed; never part of the result.
 * @param email - normalised; the password must not contain the part before the @.
 * @param field - where the password stands in the request.
 * @see NIST SP 800-63B section 5.1.1.2 - length and a list of known bad ones instead of composition rules.
 */
export function passwordViolations(password: string, email: string, field: string): FieldViolation[] {
  const found: FieldViolation[] = [];
  const add = (rule: string, message: string): void => {
    found.push({ field, rule: `password.${rule}`, message });
  };
  const characters = [...password];
  const lower = password.toLowerCase();
  const localPart = email.split('@')[0] ?? '';
  if (characters.length < minPasswordLength) add('too_short', `must have at least ${minPasswordLength} characters`);
  if (characters.length > maxPasswordLength) add('too_long', `must have at most ${maxPasswordLength} characters`);
  if (new Set(characters).size < minDistinctCharacters) {
    add('too_repetitive', `must have at least ${minDistinctCharacters} different characters`);
  }
  if (common.has(lower)) add('too_common', 'is one of the passwords that are guessed first');
  if (localPart.length >= 4 && lower.includes(localPart)) add('contains_email', 'must not contain the e-mail address');
  return found;
}
