import type { DescMethod } from '@bufbuild/protobuf';
import { type Clock, type Code, type Logger, type Meter, type PlatformError, recorderOf } from '@mainstay/kernel';
import { rpcDurationBuckets } from '../wire/duration-buckets.ts';

/** Counts, times and logs the calls of one method; never sees a payload. */
export interface CallObserver {
  /** Notes the end of a call that began at a reading of `monotonicMs`. */
  ended(startedAtMs: number, failure?: ServedFailure): void;
}

/** How a call failed. */
export interface ServedFailure {
  /** The error before it was made fit for the caller. */
  readonly error: PlatformError;
  /** Id that the caller was shown instead of the error. */
  readonly errorId: string | undefined;
}

const foreseen: ReadonlySet<Code> = new Set([
  'canceled',
  'invalid_argument',
  'not_found',
  'already_exists',
  'permission_denied',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unauthenticated',
]);

/** Makes the observers of a server's methods: histogram `rpc.server.duration` and one log line per failed call. */
export function createCallObservers(options: {
  clock: Clock;
  logger: Logger;
  meter: Meter;
}): (method: DescMethod) => CallObserver {
  const { clock, logger } = options;
  const durations = options.meter.histogram({
    name: 'rpc.server.duration',
    description: 'Time from the arrival of a call to the end of its answer',
    unit: 's',
    labelNames: ['service', 'method', 'code'],
    buckets: rpcDurationBuckets,
  });

  return (method) => {
    const labels = { service: method.parent.typeName, method: method.name };
    const rpc = `${labels.service}/${labels.method}`;
    const recordOk = recorderOf(durations, { ...labels, code: 'ok' });
    return {
      ended(startedAtMs, failure) {
        if (failure === undefined) {
          recordOk?.((clock.monotonicMs() - startedAtMs) / 1_000);
          return;
        }
        const durationMs = clock.monotonicMs() - startedAtMs;
        durations.record(durationMs / 1_000, { ...labels, code: failure.error.code });
        logFailure(logger, failure, { rpc, durationMs });
      },
    };
  };
}

function logFailure(
  logger: Logger,
  { error, errorId }: ServedFailure,
  call: { rpc: string; durationMs: number },
): void {
  const fields = {
    rpc: call.rpc,
    code: error.code,
    reason: error.reason,
    duration_ms: Math.round(call.durationMs * 10) / 10,
  };
  if (errorId !== undefined) logger.error('call failed', { ...fields, error_id: errorId, error });
  else if (foreseen.has(error.code)) logger.debug('call failed', { ...fields, error: error.rawMessage });
  else logger.warn('call failed', { ...fields, error: error.rawMessage });
}
