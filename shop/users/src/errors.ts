import { defineReasons } from '@mainstay/kernel';

/** Reasons that the users service can raise. */
export const usersReasons = defineReasons({
  ACCOUNT_DEACTIVATED: {
    code: 'permission_denied',
    executed: 'no',
    retry: 'never',
    summary: 'The credentials are right, but the account is closed',
    operator: 'Reopen the account if its owner asks for it',
  },
  ACCOUNT_LOCKED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    summary: 'Too many failed sign-ins for this e-mail address; known and unknown addresses lock alike',
    operator: 'Nothing, unless many addresses lock at once: then someone is guessing',
  },
  CREDENTIALS_INVALID: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'The e-mail address or the password is wrong; which one is never told',
    operator: 'Nothing',
  },
  EMAIL_TAKEN: {
    code: 'already_exists',
    executed: 'no',
    retry: 'never',
    summary: 'An account with this e-mail address exists',
    operator: 'Nothing',
  },
  PASSWORD_REJECTED: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The new password breaks one or more rules, all of which are listed',
    operator: 'Nothing',
  },
  REFRESH_TOKEN_INVALID: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'The refresh token is unknown, or its session has ended',
    operator: 'Nothing; the client signs in again',
  },
  REFRESH_TOKEN_REUSED: {
    code: 'unauthenticated',
    executed: 'yes',
    retry: 'never',
    summary: 'A refresh token was used a second time; the whole session was ended',
    operator: 'Look for a stolen token when one account shows it more than once',
  },
  ROLE_GRANTS_EXHAUSTED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'never',
    summary: 'The account has as many grants in force as it may, for as many customers',
    operator: 'Take back what is needed no longer: `mainstay grants list <account>`',
  },
  ROLE_GRANT_BY_USER: {
    code: 'permission_denied',
    executed: 'no',
    retry: 'never',
    summary: 'A role is given and taken by a user who answers for it, not by a service',
    operator: 'Call with the token of an administrator',
  },
  ROLE_GRANT_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The account has no grant of this id in force',
    operator: 'List its grants: it may have ended by itself',
  },
  USER_NOT_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no such account, or it belongs to somebody else',
    operator: 'Nothing',
  },
});
