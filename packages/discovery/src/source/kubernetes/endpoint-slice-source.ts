import { type Clock, type Logger, silentLogger, systemClock, toPlatformError, withTimeout } from '@mainstay/kernel';
import { backOffMs } from '../../back-off.ts';
import { createEndpointList } from '../endpoint-list.ts';
import type { EndpointSource } from '../endpoint-source.ts';
import { type EndpointSlice, endpointsOfSlices } from './endpoint-slice.ts';
import type { EndpointSliceApi, SliceEvent, SliceQuery } from './endpoint-slice-api.ts';

/** How a source of EndpointSlices is set up. */
export interface EndpointSliceSourceOptions extends SliceQuery {
  /** From `createKubernetesApi()` of `@mainstay/discovery/kubernetes`. */
  readonly api: EndpointSliceApi;
  /** Name of the port in the Service, default its first. */
  readonly portName?: string;
  /** Limit of a list, in milliseconds, default 10,000. */
  readonly listTimeoutMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Makes a source that lists the EndpointSlices of a Service and watches their changes.
 *
 * A watch that ends goes on from the last version seen; one whose version expired lists again; a failure is retried
 * after 0.5 s to 30 s, and what is known stays in use meanwhile.
 *
 * @example
 * const source = createEndpointSliceSource({ api: createKubernetesApi(), namespace: 'shop', service: 'orders', portName: 'grpc' });
 */
export function createEndpointSliceSource(options: EndpointSliceSourceOptions): EndpointSource {
  const { api, namespace, service, clock = systemClock, logger = silentLogger, random = Math.random } = options;
  const list = createEndpointList();
  const ending = new AbortController();
  const slices = new Map<string, EndpointSlice>();
  let version: string | undefined;
  let loop: Promise<void> | undefined;
  let lastError: string | undefined;
  let isSynced = false;
  let lostAtMs = 0;
  let failures = 0;

  const show = (): void => list.set(endpointsOfSlices(slices.values(), options.portName));

  const relist = async (): Promise<string> => {
    const ask = (signal: AbortSignal) => api.list({ namespace, service }, signal);
    const limits = { clock, signal: ending.signal, what: `listing the slices of ${service}` };
    const { items, resourceVersion } = await withTimeout(options.listTimeoutMs ?? 10_000, ask, limits);
    slices.clear();
    for (const slice of items) slices.set(slice.metadata.name, slice);
    show();
    return resourceVersion;
  };

  const apply = (event: Exclude<SliceEvent, { type: 'EXPIRED' }>): string | undefined => {
    if (event.type === 'BOOKMARK') return event.resourceVersion;
    const { name, resourceVersion } = event.slice.metadata;
    if (event.type === 'DELETED') slices.delete(name);
    else slices.set(name, event.slice);
    show();
    return resourceVersion;
  };

  const follow = async (): Promise<void> => {
    version ??= await relist();
    isSynced = true;
    lastError = undefined;
    for await (const event of api.watch({ namespace, service, resourceVersion: version }, ending.signal)) {
      if (event.type === 'EXPIRED') {
        version = undefined;
        return;
      }
      failures = 0;
      version = apply(event) ?? version;
    }
  };

  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const startedAtMs = clock.monotonicMs();
      try {
        await follow();
        // A server that closes at once must not be asked in a circle.
        failures = clock.monotonicMs() - startedAtMs < 1_000 ? failures + 1 : 0;
      } catch (error) {
        if (ending.signal.aborted) return;
        const { message } = toPlatformError(error);
        if (lastError === undefined) {
          lostAtMs = clock.monotonicMs();
          logger.warn('endpoint slices cannot be watched, going on with what is known', {
            target: service,
            error: message,
          });
        }
        lastError = message;
        failures++;
        // What was missed meanwhile is unknown.
        version = undefined;
      }
      if (failures === 0) continue;
      const pauseMs = backOffMs(failures, { baseMs: 500, maxMs: 30_000, random });
      // Cut short by the end, which the loop sees.
      await clock.sleep(pauseMs, ending.signal).catch(() => undefined);
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
    // The watch tells of it sooner than asking would.
    reportFailure: () => undefined,
    status: () => ({
      kind: 'kubernetes',
      endpoints: list.get().length,
      staleForMs: !isSynced ? undefined : lastError === undefined ? 0 : clock.monotonicMs() - lostAtMs,
      lastError,
    }),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await loop;
    },
  };
}
