import { fileURLToPath } from 'node:url';
import { BenchService, type EchoRequest, type EchoResponse } from '../gen/bench/v1/bench_pb.ts';
import type { Workload } from './workload.ts';

const request = { id: 'ord_123456789', count: 41, tags: ['a', 'b', 'c'] };
const answer = ({ id, count, tags }: EchoRequest) => ({ id, count: count + 1, tags });

/** A small message there and back. */
export const echo: Workload = {
  service: BenchService,
  method: BenchService.method.echo,
  request,
  answer,
  plainRequest: request,
  plainAnswer: answer,
  isRight: ({ id, count, tags }: EchoResponse) => id === request.id && count === 42 && tags.length === 3,
  protoFile: 'bench/v1/bench.proto',
  protoFolders: [fileURLToPath(new URL('../proto', import.meta.url))],
};
