import { Resolver } from 'node:dns/promises';
import { optionError } from '@mainstay/kernel';
import type { DnsPort } from './dns-port.ts';

/** How {@link createNodeDns} is set up. */
export interface NodeDnsOptions {
  /** Name servers as `address` or `address:port`, default the machine's. */
  readonly servers?: readonly string[];
  /** Limit of one try of one server, in milliseconds, default 2,000. */
  readonly timeoutMs?: number;
  /** Tries per server, default 2. */
  readonly tries?: number;
}

/** What c-ares says when a name has no such record, which is an answer. */
const emptyCodes: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Makes a DNS port over Node's resolver: real questions to name servers, with their TTL.
 *
 * Neither the hosts file nor search domains are looked at, so names must be fully qualified.
 */
export function createNodeDns(options: NodeDnsOptions = {}): DnsPort {
  const { timeoutMs = 2_000, tries = 2, servers } = options;
  if (!(timeoutMs > 0)) throw optionError('dns timeoutMs', 'above 0', timeoutMs);
  // One resolver per question, so that an abort cancels that question only.
  const withResolver = async <T>(signal: AbortSignal, ask: (resolver: Resolver) => Promise<readonly T[]>) => {
    signal.throwIfAborted();
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (servers !== undefined) resolver.setServers(servers);
    const onAbort = (): void => resolver.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await ask(resolver);
    } catch (error) {
      if (emptyCodes.has((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
  return {
    addresses: (name, family, signal) =>
      withResolver(signal, async (resolver) => {
        const found =
          family === 4 ? await resolver.resolve4(name, { ttl: true }) : await resolver.resolve6(name, { ttl: true });
        return found.map(({ address, ttl }) => ({ address, ttlSeconds: ttl }));
      }),
    targets: (name, signal) => withResolver(signal, (resolver) => resolver.resolveSrv(name)),
  };
}
