import type { Suite } from '../../harness/suite.ts';
import { unarySuite } from '../../remote/unary-suite.ts';

const busy = '64 in flight';

/** A small message there and back. */
export const suite: Suite = unarySuite({
  about: 'unary echo of a small message, two processes, loopback, one connection, plain text where mtls is not named',
  workload: 'echo',
  targets: [
    { ours: 'mainstay-wire', other: 'grpc-js', in: busy, metric: 'perSecond', better: 'more', atLeast: 8 },
    { ours: 'mainstay-wire', other: 'moleculer-tcp', in: busy, metric: 'perSecond', better: 'more', atLeast: 1.1 },
    { ours: 'mainstay-wire', other: 'grpc-js', in: busy, metric: 'p99Ms', better: 'less', atLeast: 1 },
    { ours: 'mainstay-wire', other: 'moleculer-tcp', in: busy, metric: 'p99Ms', better: 'less', atLeast: 1 },
    { ours: 'mainstay-node', other: 'grpc-js', in: busy, metric: 'perSecond', better: 'more', atLeast: 1.7 },
  ],
});
