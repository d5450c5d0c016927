import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { type TestName, testNames } from '../lb-bench/arrangements.ts';
import { printMatrix, printPerformance, printRow } from '../lb-bench/report.ts';
import {
  type BenchOptions,
  type BenchReport,
  type BenchWatcher,
  runOwnBench,
  runTargetBench,
} from '../lb-bench/run-bench.ts';
import type { Terminal } from '../output/terminal.ts';

/** Options of `mainstay lb-bench`. */
export interface LbBenchOptions extends BenchOptions {
  readonly instances: number;
  readonly rounds: number;
  /** Addresses of instances or of a proxy elsewhere, instead of processes of our own. */
  readonly target?: readonly string[];
  readonly expectServers?: number;
  readonly throughProxy?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/**
 * Shows how calls are spread: direct, through a proxy of connections, through one of calls, and by the client itself.
 *
 * @param tests - names of tests; none means all.
 * @returns 0 when every test saw what was expected of it, else 1.
 */
export async function lbBench(tests: readonly string[], options: LbBenchOptions, terminal: Terminal): Promise<number> {
  const isForPeople = options.json !== true;
  const watcher: BenchWatcher = {
    onCall({ server, tookMs }) {
      if (isForPeople && options.verbose)
        terminal.line(`answered by ${server.podName} ${server.id} in ${tookMs.toFixed(2)} ms`);
    },
    onRow(row) {
      if (isForPeople) printRow(terminal, row);
    },
  };
  const report = await run(tests, options, watcher);
  if (!isForPeople) terminal.line(JSON.stringify(report, null, 2));
  else {
    printMatrix(terminal, report.rows);
    if (report.performance.length > 0) printPerformance(terminal, report.performance);
    if (!report.ok) terminal.line(terminal.paint('bad', 'not every test saw what was expected of it'));
  }
  return report.ok ? 0 : 1;
}

function run(tests: readonly string[], options: LbBenchOptions, watcher: BenchWatcher): Promise<BenchReport> {
  const { target, expectServers, throughProxy = false } = options;
  if (target === undefined) {
    if (expectServers !== undefined || throughProxy) throw usage('--expect-servers and --through-proxy need --target');
    return runOwnBench({ ...options, tests: new Set(tests.length === 0 ? testNames : tests.map(toTestName)) }, watcher);
  }
  if (tests.length > 0) throw usage('with --target no tests can be named');
  return runTargetBench({ ...options, target, throughProxy, expectServers: expectServers ?? target.length }, watcher);
}

function toTestName(name: string): TestName {
  const known = testNames.find((test) => test === name);
  if (known === undefined) throw usage(`no test named ${name}; the tests are ${testNames.join(', ')}`);
  return known;
}

function usage(problem: string): PlatformError {
  return new PlatformError(cliReasons.CLI_USAGE, `${problem}; see mainstay lb-bench --help`);
}
