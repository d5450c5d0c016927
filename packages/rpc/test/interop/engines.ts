import type { DirectTransportOptions, RpcServerOptions } from '../../src/index.ts';

/** An engine of ours on both sides. */
export interface InteropEngine {
  readonly name: string;
  readonly server: Pick<RpcServerOptions, 'engine'>;
  readonly client: Pick<DirectTransportOptions, 'engine'>;
}

/** Every engine goes through the whole suite; a new one is one line here. */
export const engines: readonly InteropEngine[] = [{ name: 'connect-node', server: {}, client: {} }];
