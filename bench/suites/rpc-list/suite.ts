import type { Suite } from '../../harness/suite.ts';
import { unarySuite } from '../../remote/unary-suite.ts';

/** A page of 20 products of the shop's own contract. */
export const suite: Suite = unarySuite({
  about:
    'unary call that answers 20 products (2.5 kB), two processes, loopback, one connection, plain text where mtls is not named',
  workload: 'product-list',
  targets: [
    {
      ours: 'mainstay-wire',
      other: 'grpc-js',
      in: '64 in flight',
      metric: 'perSecond',
      better: 'more',
      atLeast: 2.5,
    },
  ],
});
