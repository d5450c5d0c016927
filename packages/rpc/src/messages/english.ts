import type { Code } from '@mainstay/kernel';

const byCode: Readonly<Record<Code, string>> = {
  canceled: 'The request was cancelled.',
  unknown: 'Something went wrong on our side. Please try again later.',
  invalid_argument: 'Something in the request is not right. Please check what you entered.',
  deadline_exceeded: 'This took longer than expected. Please try again.',
  not_found: 'We could not find what you asked for.',
  already_exists: 'This exists already.',
  permission_denied: 'You are not allowed to do this.',
  resource_exhausted: 'There is too much to do at the moment. Please try again in a little while.',
  failed_precondition: 'This is not possible at the moment.',
  aborted: 'Somebody else changed this at the same time. Please try again.',
  out_of_range: 'A value is outside of what is possible.',
  unimplemented: 'This is not available.',
  internal: 'Something went wrong on our side. Please try again later.',
  unavailable: 'This is not available at the moment. Please try again in a little while.',
  data_loss: 'Something went wrong on our side. Please contact support.',
  unauthenticated: 'Please sign in.',
};

/** A sentence for every code, and for the reasons of which people can be told more. */
export const english: Readonly<Record<string, string>> = {
  ...byCode,
  REQUEST_INVALID: 'Some of what you entered is not right. Please check the marked fields.',
  MESSAGE_TOO_LARGE: 'What you sent is too large.',
  PAGE_TOKEN_INVALID: 'The list has changed. Please start from its first page.',
};
