import { defineReasons } from './reason.ts';

/** Reasons that belong to no single capability. */
export const kernelReasons = defineReasons({
  CANCELED: {
    code: 'canceled',
    executed: 'maybe',
    retry: 'never',
    summary: 'The caller went away or canceled the call',
    operator: 'Nothing, unless the share of canceled calls grows',
  },
  DEADLINE_EXCEEDED: {
    code: 'deadline_exceeded',
    executed: 'maybe',
    retry: 'now',
    summary: 'The deadline passed before the work was done',
    operator: 'Look at the trace for the slow hop',
  },
  INTERNAL: {
    code: 'internal',
    executed: 'maybe',
    retry: 'never',
    summary: 'Something failed that nobody foresaw',
    operator: 'Find the log line by the error id and file a bug',
  },
  OPTION_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'A constructor or function received an option outside its range',
    operator: 'Correct the option named in the message',
  },
  PAGE_TOKEN_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The page token is damaged, or belongs to another search',
    operator: 'Nothing; the client starts from the first page',
  },
  REQUEST_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The request breaks one or more rules of its contract',
    operator: 'Nothing; the caller must correct the listed fields',
  },
});
