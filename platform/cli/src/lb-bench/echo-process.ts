// An instance in a process of its own. Alone, outside a bench: GRPC_PORT=50051 node echo-process.ts

import { serveBench } from './bench-process.ts';
import { startEchoServer } from './echo-server.ts';

const isAlone = process.send === undefined;
const port = Number(process.env.GRPC_PORT || (isAlone ? 50_051 : 0));
const server = await startEchoServer({ port, env: process.env });
serveBench(server.address);
if (isAlone) process.stdout.write(`echo on ${server.address}\n`);
