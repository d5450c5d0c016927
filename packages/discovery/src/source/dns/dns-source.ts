import {
  type Clock,
  type Logger,
  optionError,
  silentLogger,
  systemClock,
  toPlatformError,
  withTimeout,
} from '@mainstay/kernel';
import { backOffMs } from '../../back-off.ts';
import type { Endpoint } from '../../endpoint.ts';
import { createEndpointList } from '../endpoint-list.ts';
import type { EndpointSource } from '../endpoint-source.ts';
import type { DnsPort } from './dns-port.ts';

/** How a DNS source is set up. */
export interface DnsSourceOptions {
  /** Fully qualified: search domains are not tried. For Kubernetes the name of a headless service. */
  readonly name: string;
  /** `A` and `AAAA` need a port, `SRV` brings its own; default `A`. */
  readonly record?: 'A' | 'AAAA' | 'A+AAAA' | 'SRV';
  /** Port of the endpoints, for records of addresses. */
  readonly port?: number;
  /** From `createNodeDns()` of `@mainstay/discovery/dns`. */
  readonly dns: DnsPort;
  /** Longest time between two questions, in milliseconds, default 30,000; a shorter TTL shortens it. */
  readonly refreshMs?: number;
  /** Shortest time between two questions, in milliseconds, default 2,000. */
  readonly minRefreshMs?: number;
  /** Limit of one question, in milliseconds, default 5,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

interface Answer {
  readonly endpoints: readonly Endpoint[];
  readonly ttlMs: number;
}

/** One empty answer may be a restart of the name server; a second one is believed. */
const emptyAnswersBelieved = 2;

/**
 * Makes a source that asks DNS again and again.
 *
 * A name with one address is one endpoint, whatever stands behind it: to balance, the name must resolve to every
 * instance. A failure keeps what is known and is retried after 1 s to `refreshMs`; so does one empty answer.
 *
 * Cost: one question (two for `A+AAAA`) per interval.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a missing port.
 * @example
 * const source = createDnsSource({ name: 'orders.shop.svc.cluster.local', port: 50051, dns: createNodeDns() });
 */
export function createDnsSource(options: DnsSourceOptions): EndpointSource {
  const { name, record = 'A', port = 0, dns, clock = systemClock, logger = silentLogger } = options;
  const { refreshMs = 30_000, minRefreshMs = 2_000, timeoutMs = 5_000, random = Math.random } = options;
  if (record !== 'SRV' && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw optionError('dns source port', 'from 1 to 65535', port);
  const list = createEndpointList();
  const ending = new AbortController();
  let loop: Promise<void> | undefined;
  let lastError: string | undefined;
  let answeredAtMs: number | undefined;
  let empties = 0;
  let wake: () => void = () => undefined;

  const ask = async (signal: AbortSignal): Promise<Answer> => {
    if (record === 'SRV') return fromTargets(await dns.targets(name, signal), refreshMs);
    const families = record === 'A+AAAA' ? ([4, 6] as const) : [record === 'A' ? (4 as const) : (6 as const)];
    const found = (await Promise.all(families.map((family) => dns.addresses(name, family, signal)))).flat();
    return {
      endpoints: [...new Set(found.map(({ address }) => address))].toSorted().map((host) => endpointAt(host, port)),
      ttlMs: Math.min(refreshMs, ...found.map(({ ttlSeconds }) => (ttlSeconds ?? refreshMs / 1_000) * 1_000)),
    };
  };

  const refresh = async (failures: number): Promise<{ failures: number; pauseMs: number }> => {
    try {
      const answer = await withTimeout(timeoutMs, ask, { clock, signal: ending.signal, what: `resolving ${name}` });
      empties = answer.endpoints.length === 0 ? empties + 1 : 0;
      if (answer.endpoints.length > 0 || empties >= emptyAnswersBelieved) list.set(answer.endpoints);
      answeredAtMs = clock.monotonicMs();
      lastError = undefined;
      const pauseMs = answer.endpoints.length === 0 ? minRefreshMs : Math.max(minRefreshMs, answer.ttlMs);
      return { failures: 0, pauseMs };
    } catch (error) {
      const { message } = toPlatformError(error);
      if (lastError === undefined && !ending.signal.aborted)
        logger.warn('a name cannot be resolved, going on with what is known', { name, error: message });
      lastError = message;
      return { failures: failures + 1, pauseMs: backOffMs(failures + 1, { baseMs: 1_000, maxMs: refreshMs, random }) };
    }
  };

  const run = async (): Promise<void> => {
    for (let state = await refresh(0); !ending.signal.aborted; state = await refresh(state.failures)) {
      const early = new AbortController();
      wake = () => early.abort();
      const pauses = AbortSignal.any([early.signal, ending.signal]);
      // Woken early by a failure or the end; the loop sees which.
      await clock.sleep(state.pauseMs, pauses).catch(() => undefined);
      wake = () => undefined;
      if (early.signal.aborted && !ending.signal.aborted)
        await clock.sleep(minRefreshMs * random(), ending.signal).catch(() => undefined);
      if (ending.signal.aborted) return;
    }
  };

  const start = (): void => {
    loop ??= ending.signal.aborted ? Promise.resolve() : run();
  };
  return {
    start,
    endpoints() {
      start();
      return list.get();
    },
    onChange(callback) {
      start();
      return list.onChange(callback);
    },
    reportFailure: () => wake(),
    status: () => ({
      kind: 'dns',
      endpoints: list.get().length,
      staleForMs:
        answeredAtMs === undefined ? undefined : lastError === undefined ? 0 : clock.monotonicMs() - answeredAtMs,
      lastError,
    }),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await loop;
    },
  };
}

function endpointAt(host: string, port: number, weight = 1): Endpoint {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { id: `dns:${address}`, address, metadata: {}, weight, state: 'healthy' };
}

/** RFC 2782: only the lowest priority is used; a weight of 0 is the smallest share there is. */
function fromTargets(targets: Awaited<ReturnType<DnsPort['targets']>>, ttlMs: number): Answer {
  const first = Math.min(...targets.map(({ priority }) => priority));
  const endpoints = targets
    .filter(({ priority, name }) => priority === first && name !== '.' && name !== '')
    .map(({ name, port, weight }) => endpointAt(name.replace(/\.$/, ''), port, Math.max(1, weight)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { endpoints, ttlMs };
}
