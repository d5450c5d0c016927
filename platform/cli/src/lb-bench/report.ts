import { layOutTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Distribution } from './distribution.ts';
import type { Row } from './measure-arrangement.ts';
import type { Performance } from './performance.ts';

const barWidth = 20;

/** Prints what was seen on one way: each instance with its share, and what that means. */
export function printRow(terminal: Terminal, row: Row): void {
  const { distribution, latencyMs } = row;
  terminal.line(terminal.paint('strong', row.title));
  const head = ['SERVER', 'POD', 'IP', 'REQUESTS', 'SHARE', 'FIRST', 'LAST', ''];
  const servers = distribution.servers.map((server) => [
    server.id,
    server.podName,
    server.podIp,
    String(server.requests),
    `${server.percent.toFixed(1)} %`,
    `${server.firstSeenMs.toFixed(0)} ms`,
    `${server.lastSeenMs.toFixed(0)} ms`,
    '█'.repeat(Math.round((server.percent / 100) * barWidth)),
  ]);
  for (const line of layOutTable([head, ...servers], ['REQUESTS', 'SHARE', 'FIRST', 'LAST'])) terminal.line(line);
  terminal.line(
    `${distribution.requests} answered, ${row.failed} failed${row.firstFailure === undefined ? '' : ` (${row.firstFailure})`}, ` +
      `${row.connections} connections of the clients, ${row.perSecond.toFixed(0)}/s, ` +
      `p50 ${latencyMs.p50.toFixed(2)} p95 ${latencyMs.p95.toFixed(2)} p99 ${latencyMs.p99.toFixed(2)} ms, ` +
      `${(distribution.requests / Math.max(1, row.connections)).toFixed(1)} calls per connection`,
  );
  printVerdict(terminal, distribution);
  if (row.expected !== undefined && row.expected !== distribution.verdict) {
    terminal.line(terminal.paint('bad', `UNEXPECTED: ${distribution.verdict} instead of ${row.expected}`));
  }
  terminal.line();
}

function printVerdict(terminal: Terminal, distribution: Distribution): void {
  const { servers, expectedServers, expectedPerServer, variance, standardDeviation, maxDeviation } = distribution;
  const numbers =
    `${servers.length} of ${expectedServers} servers hit, expected ${expectedPerServer.toFixed(1)} requests each, ` +
    `variance ${variance.toFixed(2)}, standard deviation ${standardDeviation.toFixed(2)}, ` +
    `largest deviation ${(maxDeviation * 100).toFixed(1)} %`;
  switch (distribution.verdict) {
    case 'bypassed':
      terminal.line(
        terminal.paint(
          'warning',
          `WARNING: ${distribution.aroundProxy} calls did not pass the proxy; nothing is known about its balancing`,
        ),
      );
      return;
    case 'none':
      terminal.line(
        terminal.paint('warning', `WARNING: all requests hit one server, there is no load balancing (${numbers})`),
      );
      return;
    case 'single':
      terminal.line(`one server, as there is one: ${numbers}`);
      return;
    case 'uneven':
      terminal.line(terminal.paint('warning', `the spread is uneven: ${numbers}`));
      return;
    case 'even':
      terminal.line(terminal.paint('good', `balanced: ${numbers}`));
  }
}

const words = { single: 'none', none: 'none', even: 'per call', uneven: 'uneven', bypassed: 'unknown' } as const;

/** Prints all ways beside each other, with what each shows. */
export function printMatrix(terminal: Terminal, rows: readonly Row[]): void {
  const head = ['CONFIGURATION', 'BALANCING', 'SERVERS HIT', 'DISTRIBUTION', 'INSIGHT'];
  const lines = rows.map(({ title, distribution, insight }) => [
    title,
    words[distribution.verdict],
    `${distribution.servers.length}/${distribution.expectedServers}`,
    distribution.servers.length === 1
      ? 'one server'
      : `${Math.min(...shares(distribution)).toFixed(1)} to ${Math.max(...shares(distribution)).toFixed(1)} %`,
    insight,
  ]);
  for (const line of layOutTable([head, ...lines], [])) terminal.line(line);
  terminal.line();
}

function shares({ servers }: Distribution): number[] {
  return servers.map(({ percent }) => percent);
}

/** Prints what each way costs, beside direct calls of the same round. */
export function printPerformance(terminal: Terminal, performances: readonly Performance[]): void {
  const head = ['CONFIGURATION', 'CALLS/S', 'FROM', 'TO', 'P50', 'P95', 'P99', 'OVERHEAD'];
  const lines = performances.map(({ title, perSecond, latencyMs, overheadPercent }) => [
    title,
    ...[perSecond.median, perSecond.least, perSecond.most].map((rate) => rate.toFixed(0)),
    ...[latencyMs.p50, latencyMs.p95, latencyMs.p99].map((ms) => `${ms.toFixed(2)} ms`),
    `${overheadPercent.toFixed(0)} %`,
  ]);
  for (const line of layOutTable([head, ...lines], head.slice(1))) terminal.line(line);
}
