import { createBalancer, staticEndpoint } from '@mainstay/discovery';
import { createRpcTransport, type RpcTransport, type SocketTransportOptions } from './rpc-transport.ts';

/** How {@link createDirectTransport} is set up. */
export interface DirectTransportOptions extends SocketTransportOptions {
  /** `host:port`. */
  readonly address: string;
  /** Name of the called service, for logs; default the address. */
  readonly service?: string;
}

/**
 * Makes a transport to one fixed address, for the registry, for tools and tests.
 *
 * @example
 * const registry = createClient(RegistryService, createDirectTransport({ address: '127.0.0.1:8501', identity, logger, meter }));
 */
export function createDirectTransport(options: DirectTransportOptions): RpcTransport {
  const { address, service = address, ...rest } = options;
  const endpoints = [staticEndpoint(address)];
  return createRpcTransport({ ...rest, service, resolve: () => endpoints, balancer: createBalancer('round_robin') });
}
