import { env } from 'node:process';
import { optionError } from '@mainstay/kernel';
import type { ClientEngine, ServerEngine } from './engine.ts';
import { nodeClientEngine } from './node/client-engine.ts';
import { nodeServerEngine } from './node/server-engine.ts';
import { wireClientEngine } from './wire/client-engine.ts';
import { wireServerEngine } from './wire/server-engine.ts';

/** What carries calls between processes: `node` is `node:http2`, `wire` our own HTTP/2. */
export type EngineName = 'node' | 'wire';

/** Both halves of an engine. */
export interface Engine {
  readonly client: ClientEngine;
  readonly server: ServerEngine;
}

const engines: Readonly<Record<EngineName, Engine>> = {
  node: { client: nodeClientEngine, server: nodeServerEngine },
  wire: { client: wireClientEngine, server: wireServerEngine },
};

const defaultName: EngineName = 'wire';

/**
 * Gives an engine by its name, without one that of `MAINSTAY_RPC_ENGINE`, without that the default.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for any other name.
 */
export function chooseEngine(name: EngineName | undefined): Engine {
  const wanted = name ?? env.MAINSTAY_RPC_ENGINE ?? defaultName;
  const engine = Object.hasOwn(engines, wanted) ? engines[wanted as EngineName] : undefined;
  if (engine === undefined) throw optionError('MAINSTAY_RPC_ENGINE', 'node or wire', wanted);
  return engine;
}
