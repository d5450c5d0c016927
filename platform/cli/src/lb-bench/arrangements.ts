import type { Verdict } from './distribution.ts';
import type { Lab } from './lab.ts';

/** Names of the tests that may be chosen. */
export const testNames = ['baseline', 'l4', 'l7', 'client-side', 'connections', 'slow-instance'] as const;

/** One of the tests of the bench. */
export type TestName = (typeof testNames)[number];

/** Sizes of a bench. */
export interface BenchSizes {
  /** Calls of a plain test. */
  readonly requests: number;
  /** Calls of a test with many connections. */
  readonly manyRequests: number;
  readonly clients: number;
  /** Connections of each client. */
  readonly connections: number;
}

/** One way from clients to instances, and what should be seen on it. */
export interface Arrangement {
  readonly test: TestName;
  readonly title: string;
  /** What each connection set of the clients is told to call. */
  readonly addresses: readonly string[];
  readonly requests: number;
  readonly clients: number;
  /** Connection sets of all clients together. */
  readonly connectionSets: number;
  /** Instances that could answer. */
  readonly servers: number;
  readonly throughProxy: boolean;
  readonly expected: Verdict;
  /** What this row shows, in one sentence. */
  readonly insight: string;
}

/** The ways of each test, in the order of the report. */
export function arrangementsOf(lab: Lab, sizes: BenchSizes): Arrangement[] {
  const all = lab.instances.map(({ address }) => address);
  const first = all.slice(0, 1);
  const plain = {
    requests: sizes.requests,
    clients: 1,
    connectionSets: 1,
    servers: all.length,
    throughProxy: false,
  };
  const many = {
    ...plain,
    requests: sizes.manyRequests,
    clients: sizes.clients,
    connectionSets: sizes.clients * sizes.connections,
  };
  return [
    {
      ...plain,
      test: 'baseline',
      title: 'one instance, direct',
      addresses: first,
      servers: 1,
      expected: 'single',
      insight: 'the baseline: there is nothing to balance',
    },
    {
      ...plain,
      test: 'l4',
      title: 'L4 proxy, one connection',
      addresses: [lab.l4.address],
      expected: 'none',
      insight: 'HTTP/2 carries all calls over one connection, and a proxy of connections cannot part them',
    },
    {
      ...plain,
      test: 'l4',
      title: 'L4 proxy, a connection per call',
      addresses: [lab.l4.address],
      requests: all.length,
      clients: all.length,
      connectionSets: all.length,
      expected: 'even',
      insight: 'the proxy is not at fault: fresh connections reach every instance',
    },
    {
      ...plain,
      test: 'l7',
      title: 'L7 proxy, one connection',
      addresses: [lab.l7.address],
      throughProxy: true,
      expected: 'even',
      insight: 'a proxy of calls picks an instance for each, whatever connection it came on',
    },
    {
      ...plain,
      test: 'l7',
      title: 'around the L7 proxy',
      addresses: first,
      throughProxy: true,
      expected: 'bypassed',
      insight: 'a way around the proxy, such as a port-forward, says nothing about the proxy',
    },
    {
      ...plain,
      test: 'client-side',
      title: 'client-side, a name with one address',
      addresses: first,
      expected: 'none',
      insight: 'a client that is told one address has nothing to choose from',
    },
    {
      ...plain,
      test: 'client-side',
      title: 'client-side, a name with every address',
      addresses: all,
      expected: 'even',
      insight: 'a client that knows every instance needs no proxy',
    },
    {
      ...many,
      test: 'connections',
      title: 'many connections to one instance',
      addresses: first,
      expected: 'none',
      insight: 'more connections to one address change nothing',
    },
    {
      ...many,
      test: 'connections',
      title: 'many connections to the L7 proxy',
      addresses: [lab.l7.address],
      throughProxy: true,
      expected: 'even',
      insight: 'through a proxy of calls the number of connections does not matter',
    },
  ];
}
