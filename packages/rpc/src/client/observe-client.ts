import type { DescMethod } from '@bufbuild/protobuf';
import { type Meter, type PlatformError, recorderOf } from '@mainstay/kernel';
import { rpcDurationBuckets } from '../wire/duration-buckets.ts';

/** Times the outgoing calls of one method. */
export interface ClientObserver {
  /** Whether anybody keeps how long calls take that succeed. */
  readonly countsSuccess: boolean;
  /** Notes the end of a call, all its tries together, that took so long. */
  ended(tookMs: number, failure: PlatformError | undefined): void;
}

/** Makes the observers of a transport: histogram `rpc.client.duration`. Failures are logged by whoever made the call. */
export function createClientObservers(meter: Meter): (method: DescMethod) => ClientObserver {
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
      countsSuccess: recordOk !== undefined,
      ended(tookMs, failure) {
        if (failure === undefined) recordOk?.(tookMs / 1_000);
        else durations.record(tookMs / 1_000, { ...labels, code: failure.code });
      },
    };
  };
}
