import { defineReasons } from '@mainstay/kernel';

/** Every reason the command can raise by itself. */
export const cliReasons = defineReasons({
  CLI_USAGE: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The command line has an unknown command, option or value',
    operator: 'Run the command with `--help`',
  },
  CLI_NO_FLEET_FILE: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no fleet file here or in any directory above',
    operator: 'Change to the project, or name its directory with `--root`',
  },
  CLI_DETACHED_START_FAILED: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'never',
    summary: 'The detached controller did not bring the fleet up',
    operator: 'The message says why; more stands in the log of the controller',
  },
  LB_BENCH_PROCESS_FAILED: {
    code: 'unavailable',
    executed: 'no',
    retry: 'never',
    summary: 'An instance or a proxy of the load-balancing bench ended before it listened',
    operator: 'The message has the last words of the process',
  },
  LB_BENCH_TOO_SLOW: {
    code: 'deadline_exceeded',
    executed: 'maybe',
    retry: 'never',
    summary: 'The calls of a test of the load-balancing bench took longer than its limit',
    operator: 'Ask for fewer requests, or raise `--limit`',
  },
  CLI_LOG_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The data directory has no log of this name',
    operator: 'Choose one of the names in the message',
  },
});
