import type { DescMethod } from '@bufbuild/protobuf';
import { type Clock, type Meter, type PlatformError, recorderOf } from '@mainstay/kernel';
import { rpcDurationBuckets } from '../wire/duration-buckets.ts';

/** Times the outgoing calls of one method. */
export interface ClientObserver {
  /** Notes the end of a call, all its tries together, that began at a reading of `monotonicMs`. */
  ended(startedAtMs: number, failure: PlatformError | undefined): void;
}

/** Makes the observers of a transport: histogram `rpc.client.duration`. Failures are logged by whoever made the call. */
export function createClientObservers({
  clock,
  meter,
}: {
  clock: Clock;
  meter: Meter;
}): (method: DescMethod) => ClientObserver {
  const durations = meter.histogram({
    name: 'rpc.client.duration',
    description: 'Time from the start of a call to the end of its answer, with all tries',
    unit: 's',
    labelNames: ['service', 'method', 'code'],
    buckets: rpcDurationBuckets,
  });
  return (method) => {
    const labels = { service: method.parent.typeName, method: method.name };
    const recordOk = recorderOf(durations, { ...labels, code: 'ok' });
    return {
      ended(startedAtMs, failure) {
        if (failure === undefined && recordOk === undefined) return;
        const seconds = (clock.monotonicMs() - startedAtMs) / 1_000;
        if (failure === undefined) recordOk?.(seconds);
        else durations.record(seconds, { ...labels, code: failure.code });
      },
    };
  };
}
