import { createWireServer } from '../src/wire/wire-server.ts';
import type { CreateServer } from './http-lab.ts';

/** Every engine goes through the same suites. */
export const engines: readonly [name: string, create: CreateServer][] = [['wire', createWireServer]];
