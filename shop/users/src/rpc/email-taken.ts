import { PlatformError } from '@mainstay/kernel';
import { isUniqueViolation } from '@mainstay/postgres';
import { usersReasons } from '../errors.ts';

/** Turns a violation of the unique e-mail address into `EMAIL_TAKEN`; anything else is passed on. */
export function emailTakenOr(error: unknown): unknown {
  if (!isUniqueViolation(error, 'users_email_key')) return error;
  return new PlatformError(usersReasons.EMAIL_TAKEN, 'an account with this e-mail address exists', {
    violations: [{ field: 'email', rule: 'email.taken', message: 'is taken' }],
  });
}
