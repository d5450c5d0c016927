import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../src/index.ts';
import type { BenchReport } from '../src/lb-bench/run-bench.ts';
import { recordingTerminal } from './recording-terminal.ts';

// Checks 1 to 6 and 11 of load balancing, by their numbers: instances and proxies are processes.

async function bench(...args: string[]): Promise<BenchReport & { readonly exitCode: number }> {
  const terminal = recordingTerminal();
  const exitCode = await runProgram(['lb-bench', ...args, '--json'], terminal);
  return { ...(JSON.parse(terminal.text()) as BenchReport), exitCode };
}

function counts({ distribution }: BenchReport['rows'][number]): number[] {
  return distribution.servers.map(({ requests }) => requests);
}

describe('the four ways with 5 instances', () => {
  let report: Awaited<ReturnType<typeof bench>>;
  beforeAll(async () => {
    report = await bench('--rounds', '0');
  }, 120_000);
  const rowsOf = (test: string): BenchReport['rows'] => report.rows.filter((row) => row.test === test);

  test('0 and as expected is the answer, and no call failed', () => {
    expect([report.exitCode, report.ok]).toEqual([0, true]);
    expect(report.rows.map(({ failed }) => failed)).toEqual(report.rows.map(() => 0));
    expect(rowsOf('baseline').map(counts)).toEqual([[50]]);
  });

  test('1: 50 calls of one client through a proxy of connections reach 1 instance, 5 connections reach all 5', () => {
    expect(rowsOf('l4').map((row) => [row.distribution.verdict, counts(row)])).toEqual([
      ['none', [50]],
      ['even', [1, 1, 1, 1, 1]],
    ]);
  });

  test('2: through a proxy of calls they are 10 each over one connection', () => {
    const [through] = rowsOf('l7');
    expect(through && counts(through)).toEqual([10, 10, 10, 10, 10]);
    expect(through).toMatchObject({ connections: 1, distribution: { verdict: 'even', variance: 0, aroundProxy: 0 } });
  });

  test('5: 50 calls around the proxy are found out', () => {
    const [, around] = rowsOf('l7');
    expect(around?.distribution).toMatchObject({ verdict: 'bypassed', aroundProxy: 50, servers: [{ requests: 50 }] });
  });

  test('3: 1,000 calls over 50 connections hit 1 server when they lead there, and all 5 through the proxy of calls', () => {
    expect(rowsOf('connections').map((row) => [row.connections, counts(row)])).toEqual([
      [50, [1_000]],
      [50, [200, 200, 200, 200, 200]],
    ]);
  });

  test('6: an instance ten times as slow gets a smaller share by least request than in turn, and the 99th percentile is lower', () => {
    const [inTurn, leastBusy] = rowsOf('slow-instance').map(({ distribution, latencyMs }) => ({
      smallest: Math.min(...distribution.servers.map(({ percent }) => percent)),
      p99: latencyMs.p99,
    }));

    expect(inTurn?.smallest).toBe(20);
    expect(leastBusy?.smallest).toBeLessThan(20);
    // Ten callers queue at the slow one when calls go in turn: some 400 ms against 80.
    expect(leastBusy?.p99).toBeLessThan(inTurn?.p99 ?? 0);
  });

  test('4: a client that knows one address hits 1 server, one that knows five hits all, 10 each', () => {
    expect(rowsOf('client-side').map((row) => [row.distribution.verdict, counts(row)])).toEqual([
      ['none', [50]],
      ['even', [10, 10, 10, 10, 10]],
    ]);
  });
});

test('11: 2 rounds give rates from least to most, three percentiles and an overhead for each of the 4 ways', async () => {
  const { performance, exitCode } = await bench('baseline', '--rounds', '2', '--many-requests', '40', '--clients', '4');

  expect(exitCode).toBe(0);
  expect(performance.map(({ title }) => title)).toEqual(['direct', 'L4 proxy', 'L7 proxy', 'client-side']);
  for (const { perSecond, latencyMs } of performance) {
    expect(perSecond.least).toBeGreaterThan(0);
    expect(perSecond.least).toBeLessThanOrEqual(perSecond.median);
    expect(perSecond.median).toBeLessThanOrEqual(perSecond.most);
    expect(latencyMs.p50).toBeLessThanOrEqual(latencyMs.p95);
    expect(latencyMs.p95).toBeLessThanOrEqual(latencyMs.p99);
  }
  expect(performance[0]?.overheadPercent).toBe(0);
}, 60_000);

test('people see each server with share and bar, a warning when all hit one, and a table of all', async () => {
  const terminal = recordingTerminal();

  expect(
    await runProgram(['lb-bench', 'l4', '--instances', '2', '--requests', '4', '--rounds', '0', '--verbose'], terminal),
  ).toBe(0);

  const text = terminal.text();
  expect(text.match(/^answered by unknown \S+ in [\d.]+ ms$/gm)).toHaveLength(6);
  expect(text).toMatch(/100\.0 % .*█{20}/);
  expect(text).toContain('WARNING: all requests hit one server, there is no load balancing (1 of 2 servers hit');
  expect(text).toContain('balanced: 2 of 2 servers hit, expected 1.0 requests each, variance 0.00');
  expect(text).toMatch(/L4 proxy, one connection +none +1\/2 +one server/);
}, 60_000);

test.each([
  [
    ['l9'],
    'no test named l9; the tests are baseline, l4, l7, client-side, connections, slow-instance; see mainstay lb-bench --help',
  ],
  [['--expect-servers', '5'], '--expect-servers and --through-proxy need --target; see mainstay lb-bench --help'],
  [['l4', '--target', 'a:1'], 'with --target no tests can be named; see mainstay lb-bench --help'],
  [
    ['--target', 'a'],
    "option '--target <addresses>' argument 'a' is invalid. It must be host:port, several joined by commas; see mainstay --help",
  ],
  [
    ['--instances', '21'],
    "option '--instances <n>' argument '21' is invalid. It must be a whole number from 1 to 20; see mainstay --help",
  ],
])('%j is refused in one line', async (args, message) => {
  await expect(runProgram(['lb-bench', ...args], recordingTerminal())).rejects.toMatchObject({ rawMessage: message });
});
