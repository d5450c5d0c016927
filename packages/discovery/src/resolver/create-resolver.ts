import type { LookupResponse } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { PlatformError, silentLogger, systemClock, toPlatformError, withTimeout } from '@mainstay/kernel';
import { type Endpoint, endpointOf, staticEndpoint } from '../endpoint.ts';
import { discoveryReasons } from '../errors.ts';
import { createAnswerCache } from './answer-cache.ts';
import { chooseEndpoints, type EndpointFilter } from './choose-endpoints.ts';
import { createPutAside } from './put-aside.ts';
import type { Resolver, ResolverOptions } from './resolver.ts';
import { createServiceTable } from './service-table.ts';
import { runWatchLoop } from './watch-loop.ts';

/** One look-up per service and second is enough, however many calls fail. */
const lookupPauseMs = 1_000;
const lookupTimeoutMs = 3_000;
const nobody: readonly Endpoint[] = [];

/**
 * Makes a resolver over a registry.
 *
 * One watch stream fills a cache and every answer comes from it. When the registry is away the last picture goes on
 * being used, `status()` tells its age, and the stream is opened again with growing pauses for ever.
 *
 * Cost: one stream per process; memory per known instance.
 *
 * @example
 * await using resolver = createResolver({ api });
 * await resolver.ready('orders', 5_000);
 * const endpoints = resolver.resolve('orders', { version: '2.1.0' });
 */
export function createResolver(options: ResolverOptions): Resolver {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const table = createServiceTable();
  const putAside = createPutAside(clock);
  const listeners = new Map<string, Set<(endpoints: readonly Endpoint[]) => void>>();
  const lookedUpAtMs = new Map<string, number>();
  const controller = new AbortController();
  const counts = { resolves: 0, misses: 0, lookups: 0, lost: 0 };
  let connected = false;
  let lostAtMs: number | undefined;
  let hasPicture = false;
  let lastError: string | undefined;
  let loop: Promise<void> | undefined;
  const firstOutcome = Promise.withResolvers<void>();

  const fallbacks = new Map(
    Object.entries(options.staticEndpoints ?? {}).map(([service, addresses]) => [
      service,
      addresses.map(staticEndpoint),
    ]),
  );
  const answers = createAnswerCache(clock);

  const endpointsOf = (service: string): readonly Endpoint[] => {
    const known = table.get(service);
    if (known.length > 0 || connected) return known;
    return fallbacks.get(service) ?? nobody;
  };
  const choose = (service: string, filter?: EndpointFilter): readonly Endpoint[] => {
    const endpoints = endpointsOf(service);
    const make = (): readonly Endpoint[] =>
      chooseEndpoints(endpoints, (endpoint) => putAside.has(service, endpoint.id), filter);
    const asked = { service, filter };
    return answers.get(asked, endpoints, () => ({ chosen: make(), untilMs: putAside.nextReturnMs(service) }));
  };

  const tell = (service: string): void => {
    putAside.sweep(service, new Set(endpointsOf(service).map((endpoint) => endpoint.id)));
    for (const callback of listeners.get(service) ?? []) callback(choose(service));
  };

  const lookup = async (service: string): Promise<void> => {
    const lastAtMs = lookedUpAtMs.get(service);
    const nowMs = clock.monotonicMs();
    if (controller.signal.aborted || (lastAtMs !== undefined && nowMs - lastAtMs < lookupPauseMs)) return;
    lookedUpAtMs.set(service, nowMs);
    counts.lookups++;
    const revision = table.revision(service);
    try {
      const ask = (signal: AbortSignal): Promise<LookupResponse> => options.api.lookup({ service }, signal);
      const { instances } = await withTimeout(lookupTimeoutMs, ask, { clock, signal: controller.signal });
      // The watch was faster: what it said is newer than this answer.
      if (table.revision(service) !== revision) return;
      if (
        table.replace(
          service,
          instances.map(endpointOf).filter((endpoint) => endpoint !== undefined),
        )
      )
        tell(service);
    } catch (error) {
      logger.debug('looking a service up failed', { target: service, error: toPlatformError(error).message });
    }
  };

  const start = (): void => {
    loop ??= controller.signal.aborted
      ? Promise.resolve()
      : runWatchLoop({
          api: options.api,
          services: options.services ?? [],
          clock,
          logger,
          signal: controller.signal,
          silenceMs: options.watchSilenceMs ?? 75_000,
          random: options.random ?? Math.random,
          onOpening: () => table.beginPicture(),
          onMessage(message) {
            const { changed, isSynced } = table.apply(message);
            if (isSynced) {
              if (lostAtMs !== undefined)
                logger.info('registry is back', { awayMs: Math.round(clock.monotonicMs() - lostAtMs) });
              connected = true;
              hasPicture = true;
              lostAtMs = undefined;
              lastError = undefined;
            }
            for (const service of changed) tell(service);
            if (isSynced) firstOutcome.resolve();
            return isSynced;
          },
          onLost(error) {
            const message = error === undefined ? 'the registry ended the stream' : toPlatformError(error).message;
            if (connected || lastError === undefined)
              logger.warn('registry is away, going on with what is known', { error: message });
            if (connected) {
              counts.lost++;
              lostAtMs = clock.monotonicMs();
            }
            connected = false;
            lastError = message;
            firstOutcome.resolve();
          },
        });
  };

  const resolver: Resolver = {
    start,
    resolve(service, filter) {
      start();
      counts.resolves++;
      const chosen = choose(service, filter);
      if (chosen.length === 0) {
        counts.misses++;
        if (options.services !== undefined && !options.services.includes(service)) void lookup(service);
      }
      return chosen;
    },
    onChange(service, callback) {
      start();
      const callbacks = listeners.get(service) ?? new Set();
      listeners.set(service, callbacks);
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    reportFailure(service, endpointId) {
      putAside.add(service, endpointId);
      answers.forget(service);
      void lookup(service);
    },
    status() {
      const services = table.services().map((service) => {
        const endpoints = table.get(service);
        const aside = endpoints.filter((endpoint) => putAside.has(service, endpoint.id)).length;
        return [service, { endpoints: endpoints.length, aside }] as const;
      });
      const sinceLostMs = lostAtMs === undefined ? 0 : clock.monotonicMs() - lostAtMs;
      return {
        connected,
        staleForMs: hasPicture ? sinceLostMs : undefined,
        lastError,
        services: Object.fromEntries(services),
        counts: { ...counts },
      };
    },
    ready(service, timeoutMs) {
      const now = resolver.resolve(service);
      if (now.length > 0) return Promise.resolve(now);
      return new Promise((resolve, reject) => {
        const settle = (run: () => void): void => {
          stopListening();
          stopWaiting();
          run();
        };
        const stopListening = resolver.onChange(service, (endpoints) => {
          if (endpoints.length > 0) settle(() => resolve(endpoints));
        });
        const stopWaiting = clock.after(timeoutMs, () => {
          const message = `no instance of ${service} within ${timeoutMs} ms`;
          settle(() => reject(new PlatformError(discoveryReasons.NO_INSTANCE, message)));
        });
      });
    },
    async settled(timeoutMs) {
      start();
      const timeUp = Promise.withResolvers<void>();
      const cancel = clock.after(timeoutMs, timeUp.resolve);
      await Promise.race([firstOutcome.promise, timeUp.promise]);
      cancel();
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await loop;
    },
  };
  return resolver;
}
