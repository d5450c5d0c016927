import { measureInProcess } from '../../harness/one-process.ts';
import type { Suite } from '../../harness/suite.ts';

/** What it costs to write and read messages, without anything that carries them. */
export const suite: Suite = {
  about: 'binary form of a small message (26 bytes) and of 20 products (2.4 kB)',
  contenders: [
    { name: 'mainstay', kind: 'ours' },
    { name: 'protobuf-es', kind: 'peer' },
    { name: 'proto-loader', kind: 'peer' },
    { name: 'JSON', kind: 'limit' },
  ],
  metrics: [{ name: 'nanoseconds', title: 'ns/message' }],
  better: 'less',
  beside: ['protobuf-es', 'proto-loader', 'JSON'],
  targets: [],
  packages: ['@bufbuild/protobuf', '@grpc/proto-loader'],
  measure: (contender, effort) => measureInProcess(new URL('process.ts', import.meta.url), contender, effort),
};
