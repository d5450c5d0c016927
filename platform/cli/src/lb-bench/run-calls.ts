import { isPlatformError, toPlatformError } from '@mainstay/kernel';
import type { Observation } from './distribution.ts';
import type { EchoClient } from './echo-client.ts';

/** How many calls, and how many at a time. */
export interface CallPlan {
  readonly requests: number;
  /** Callers, each with one call under way at a time. */
  readonly clients: number;
  /** Ends it early: no further call is begun. */
  readonly stop?: AbortSignal;
}

/** What came of the calls. */
export interface CallResults {
  readonly observations: readonly Observation[];
  readonly failed: number;
  /** Reason of the first failure. */
  readonly firstFailure: string | undefined;
  readonly durationMs: number;
  readonly perSecond: number;
}

/**
 * Makes calls and notes who answered each.
 *
 * Caller n uses connection sets n, n + clients, …, one call on each in turn.
 *
 * @param onCall - told of each answered call as it comes.
 */
export async function runCalls(
  clients: readonly EchoClient[],
  plan: CallPlan,
  onCall: (observation: Observation) => void = () => undefined,
): Promise<CallResults> {
  const observations: Observation[] = [];
  let [begun, failed] = [0, 0];
  let firstFailure: string | undefined;
  const startedMs = performance.now();
  const caller = async (number: number): Promise<void> => {
    const own = clients.filter((_, i) => i % plan.clients === number);
    for (let turn = 0; begun < plan.requests && plan.stop?.aborted !== true; turn++) {
      begun++;
      const client = own[turn % own.length] ?? clients[0];
      const calledMs = performance.now();
      try {
        const { server, via } = (await client?.echo.echo({})) ?? { server: undefined, via: [] };
        const endedMs = performance.now();
        const { id = 'unknown', podName = 'unknown', podIp = 'unknown' } = server ?? {};
        const observation = {
          server: { id, podName, podIp },
          via,
          tookMs: endedMs - calledMs,
          atMs: endedMs - startedMs,
        };
        observations.push(observation);
        onCall(observation);
      } catch (error) {
        failed++;
        firstFailure ??= isPlatformError(error) ? error.reason : toPlatformError(error).reason;
      }
    }
  };
  await Promise.all(Array.from({ length: plan.clients }, (_, number) => caller(number)));
  const durationMs = performance.now() - startedMs;
  return { observations, failed, firstFailure, durationMs, perSecond: observations.length / (durationMs / 1_000) };
}
