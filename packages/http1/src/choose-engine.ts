import { env } from 'node:process';
import { optionError } from '@mainstay/kernel';
import type { HttpServer, HttpServerOptions } from './http-server.ts';
import { createNodeServer } from './node/node-server.ts';
import { createWireServer } from './wire/wire-server.ts';

/** What speaks HTTP/1.1: `node` is `node:http`, `wire` our own over sockets. */
export type HttpEngineName = 'node' | 'wire';

const engines: Readonly<Record<HttpEngineName, (options: HttpServerOptions) => HttpServer>> = {
  node: createNodeServer,
  wire: createWireServer,
};

const defaultName: HttpEngineName = 'wire';

/**
 * Makes a server by the name of its engine, without one by that of `MAINSTAY_HTTP_ENGINE`, without that by the default.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for any other name.
 */
export function createHttpServer(options: HttpServerOptions, name?: HttpEngineName): HttpServer {
  const wanted = name ?? env.MAINSTAY_HTTP_ENGINE ?? defaultName;
  if (!Object.hasOwn(engines, wanted)) throw optionError('MAINSTAY_HTTP_ENGINE', 'node or wire', wanted);
  return engines[wanted as HttpEngineName](options);
}
