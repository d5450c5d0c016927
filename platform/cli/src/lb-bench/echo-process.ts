// An instance in a process of its own. Alone, outside a bench: GRPC_PORT=50051 node echo-process.ts

import { systemClock } from '@mainstay/kernel';
import { serveBench } from './bench-process.ts';
import { startEchoServer } from './echo-server.ts';

const isAlone = process.send === undefined;
const port = Number(process.env.GRPC_PORT || (isAlone ? 50_051 : 0));
const { busyMs = 0 } = JSON.parse(process.argv[2] ?? '{}') as { busyMs?: number };
let turn: Promise<void> = Promise.resolve();

/** Works on one call at a time, each as long as it was told. */
function work(): Promise<void> {
  turn = turn.then(() => systemClock.sleep(busyMs));
  return turn;
}

const server = await startEchoServer({ port, env: process.env, ...(busyMs > 0 && { before: work }) });
serveBench(server.address);
if (isAlone) process.stdout.write(`echo on ${server.address}\n`);
