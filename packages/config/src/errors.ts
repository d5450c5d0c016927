import { defineReasons } from '@mainstay/kernel';

/** Reasons of configuration; all are raised at start, before any work was taken. */
export const configReasons = defineReasons({
  CONFIG_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'One or more configuration values are unknown, missing or break their rule',
    operator: 'Correct every key listed in the message; each names the file or variable it came from',
  },
  CONFIG_FILE_UNREADABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The configuration file does not exist, may not be read or is not YAML',
    operator: 'Check path, permissions and the line named in the message',
  },
});
