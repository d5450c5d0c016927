import { createNodeServer } from '../src/node/node-server.ts';
import { createWireServer } from '../src/wire/wire-server.ts';
import type { CreateServer } from './http-lab.ts';

/** Both engines go through the same suites. */
export const engines: readonly [name: string, create: CreateServer][] = [
  ['wire', createWireServer],
  ['node', createNodeServer],
];
