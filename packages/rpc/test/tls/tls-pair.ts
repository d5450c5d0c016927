import { type Client, createClient } from '@connectrpc/connect';
import type { Meter } from '@mainstay/kernel';
import type { EngineName } from '../../src/engine/choose-engine.ts';
import { bindService, type CredentialSource, createDirectTransport, startRpcServer } from '../../src/index.ts';
import { keepingLogger, type Line, silent } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';
import { watchFaults } from '../wire/raw-peer.ts';

/** A server that echoes, over TLS, and what it says of its peers. */
export interface TlsServerUnderTest extends AsyncDisposable {
  readonly address: string;
  readonly lines: Line[];
  /** Rules that peers broke. */
  readonly rules: readonly string[];
  /** A client of this server. */
  client(credentials: CredentialSource | undefined, options?: ClientOptions): Client<typeof KindsService>;
}

export interface ClientOptions {
  readonly serverName?: string;
  readonly connectTimeoutMs?: number;
}

export async function startTlsServer(
  credentials: CredentialSource,
  { engine, ...options }: { readonly engine: EngineName; readonly requireClientCertificate?: boolean },
): Promise<TlsServerUnderTest> {
  const lines: Line[] = [];
  const { rules, meter }: { rules: string[]; meter: Meter } = watchFaults();
  const server = await startRpcServer({
    ...silent,
    ...options,
    engine,
    credentials,
    logger: keepingLogger(lines),
    meter,
    bindings: [bindService(KindsService, { unary: ({ value }) => ({ value }) })],
    serving: () => true,
  });
  const transports: AsyncDisposable[] = [];
  return {
    address: server.address,
    lines,
    rules,
    client(own, more = {}) {
      const transport = createDirectTransport({
        ...silent,
        ...more,
        engine,
        address: server.address,
        maxAttempts: 1,
        ...(own !== undefined && { credentials: own }),
      });
      transports.push(transport);
      return createClient(KindsService, transport);
    },
    async [Symbol.asyncDispose]() {
      for (const transport of transports) await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
