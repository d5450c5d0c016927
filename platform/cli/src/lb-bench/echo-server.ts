import { hostname } from 'node:os';
import { EchoService } from '@mainstay/contracts/mainstay/echo/v1/echo';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { bindService, type RpcServer, startRpcServer } from '@mainstay/rpc';
import { benchIdentity } from './bench-identity.ts';

/** How often a stream shows that it lives. */
const signOfLifeMs = 1_000;

/** How an instance is set up. */
export interface EchoServerOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs before each answer; what it throws is the answer. */
  readonly before?: () => Promise<void>;
}

/** Starts an instance that answers every call with who it is: host name and time of the start, pod and its address. */
export async function startEchoServer({ port = 0, env, before }: EchoServerOptions): Promise<RpcServer> {
  const server = {
    id: `${hostname()}-${systemClock.nowMs()}-${process.pid}`,
    podName: env.POD_NAME || 'unknown',
    podIp: env.POD_IP || 'unknown',
  };
  let answered = 0n;
  const echo = bindService(EchoService, {
    async echo({ text }) {
      await before?.();
      answered += 1n;
      return { text, server, answered };
    },
    async *follow(_, { signal }) {
      for (let number = 1; ; number++) {
        yield { server, number };
        await systemClock.sleep(signOfLifeMs, signal);
      }
    },
  });
  return startRpcServer({
    bindings: [echo],
    port,
    identity: benchIdentity(env),
    logger: silentLogger,
    meter: silentMeter,
    serving: () => true,
  });
}
