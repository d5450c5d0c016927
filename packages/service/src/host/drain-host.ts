import { toPlatformError, withTimeout } from '@mainstay/kernel';
import type { RpcServer } from '@mainstay/rpc';
import type { HostCore } from '../core/host-core.ts';
import type { StartedService } from './hosted-service.ts';

/** What takes part in a drain. */
export interface DrainOptions {
  readonly core: HostCore;
  readonly announced: readonly AsyncDisposable[];
  readonly services: readonly StartedService[];
  readonly server: RpcServer | undefined;
}

/**
 * Takes a host out of traffic without failing a call: readiness off, out of the registry, a pause in which callers
 * learn of it, then the running calls end. Work that outlives the limit is left to the caller, who closes everything.
 * Never throws.
 */
export async function drainHost({ core, announced, services, server }: DrainOptions): Promise<void> {
  const { clock, logger, environment } = core;
  const { drain_pause_ms: pauseMs, drain_timeout_ms: limitMs } = environment.host;
  const startedMs = clock.monotonicMs();
  logger.info('draining', { in_flight: server?.inFlight() ?? 0 });
  for (const health of core.health.all) health.setDraining();
  core.ending.abort();
  await Promise.all(announced.map((one) => one[Symbol.asyncDispose]()));
  if (announced.length > 0) await clock.sleep(pauseMs);

  const drains = [
    server?.drain(limitMs) ?? Promise.resolve(),
    ...services.map(async ({ running }) => running.drain?.()),
  ];
  const outcome = withTimeout(limitMs, () => Promise.allSettled(drains), { clock, what: 'the drain' });
  const results = await outcome.catch(() => undefined);
  const tookMs = Math.round(clock.monotonicMs() - startedMs);
  if (results === undefined) {
    logger.warn('the drain was cut off at its limit', { took_ms: tookMs, in_flight: server?.inFlight() ?? 0 });
    return;
  }
  for (const result of results) {
    if (result.status === 'rejected') logger.error('draining failed', { error: toPlatformError(result.reason) });
  }
  logger.info('drained', { took_ms: tookMs });
}
