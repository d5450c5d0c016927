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
  CLI_NO_FLEET: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A command that asks services does not know which fleet is meant',
    operator: 'Start the fleet, or name its gateway and registry',
  },
  CLI_GATEWAY_UNREACHABLE: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'after',
    summary: 'The gateway or the registry of a fleet does not answer the command',
    operator: 'Look with `mainstay status` whether it runs, and whether the address is right',
  },
  CLI_NOT_SIGNED_IN: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'A command that asks services needs an administrator, and nobody or somebody else is signed in',
    operator: 'Sign in with `mainstay login`, or give a token',
  },
  CLI_NO_SERVICE: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'No registered service answers what a command asks',
    operator: 'Look with `mainstay status` which services run',
  },
  CLI_NOTHING_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'None of the services asked has the saga, dead letter or consumer that a command names',
    operator: 'List them first; ids are told by `mainstay stuck`',
  },
  CLI_LOG_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The data directory has no log of this name',
    operator: 'Choose one of the names in the message',
  },
});
