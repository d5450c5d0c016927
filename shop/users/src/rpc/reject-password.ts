import { PlatformError } from '@mainstay/kernel';
import { passwordViolations } from '../domain/password-rules.ts';
import { usersReasons } from '../errors.ts';

/**
 * Refuses a new password that breaks a rule, with all broken rules at once.
 *
 * @throws {@link PlatformError} `invalid_argument` / `PASSWORD_REJECTED`.
 */
export function rejectBadPassword(password: string, email: string, field: string): void {
  const violations = passwordViolations(password, email, field);
  if (violations.length === 0) return;
  throw new PlatformError(usersReasons.PASSWORD_REJECTED, 'the password breaks one or more rules', { violations });
}
