import { createClient } from '@connectrpc/connect';
import { EchoService } from '@mainstay/contracts/mainstay/echo/v1/echo';
import { type BalancingPolicyInput, staticEndpoint, type UpstreamStats } from '@mainstay/discovery';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { bindService, createRpcTransport, startRpcServer } from '@mainstay/rpc';
import { benchIdentity } from './bench-identity.ts';

/** A proxy that knows calls, and picks an instance for each. */
export interface L7Proxy extends AsyncDisposable {
  readonly address: string;
  /** What passed it, by instance. */
  stats(): UpstreamStats | undefined;
}

/** How a proxy is set up. */
export interface L7ProxyOptions {
  /** `host:port` each. */
  readonly targets: readonly string[];
  readonly policy: BalancingPolicyInput;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What it calls itself in the answers it passes on. */
const proxyName = 'lb-bench-l7';

/** Starts a gRPC hop: each call is balanced anew over the targets, whatever connection it came on. */
export async function startL7Proxy({ targets, policy, env }: L7ProxyOptions): Promise<L7Proxy> {
  const endpoints = targets.map(staticEndpoint);
  const common = { identity: benchIdentity(env), logger: silentLogger, meter: silentMeter };
  const transport = createRpcTransport({ ...common, service: 'echo', resolve: () => endpoints, policy });
  const onward = createClient(EchoService, transport);
  const hop = bindService(EchoService, {
    async echo(request) {
      const answer = await onward.echo(request);
      return { ...answer, via: [...answer.via, proxyName] };
    },
    follow: (request) => onward.follow(request),
  });
  const server = await startRpcServer({ ...common, bindings: [hop], serving: () => true });
  return {
    address: server.address,
    stats: () => transport.upstream?.stats(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
    },
  };
}
