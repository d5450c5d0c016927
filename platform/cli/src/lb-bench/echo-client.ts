import { type Client, createClient } from '@connectrpc/connect';
import { EchoService } from '@mainstay/contracts/mainstay/echo/v1/echo';
import { type BalancingPolicyInput, staticEndpoint } from '@mainstay/discovery';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createRpcTransport } from '@mainstay/rpc';
import { benchIdentity } from './bench-identity.ts';

/** A client with connections of its own. */
export interface EchoClient extends AsyncDisposable {
  readonly echo: Client<typeof EchoService>;
}

/** Makes a client that balances over the addresses it is given; with one address it has one connection, and no choice. */
export function openEchoClient(
  addresses: readonly string[],
  policy: BalancingPolicyInput,
  env: Readonly<Record<string, string | undefined>>,
): EchoClient {
  const endpoints = addresses.map((address) => staticEndpoint(address));
  const transport = createRpcTransport({
    service: 'echo',
    resolve: () => endpoints,
    policy,
    identity: benchIdentity(env),
    logger: silentLogger,
    meter: silentMeter,
  });
  return {
    echo: createClient(EchoService, transport),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
