import type { DescMethod } from '@bufbuild/protobuf';
import type { Clock, Meter, PlatformError } from '@mainstay/kernel';
import { rpcDurationBuckets } from '../wire/duration-buckets.ts';

/** Times outgoing calls. */
export interface ClientObserver {
  /** Notes the start; call the returned function once when the call ended, all its tries together. */
  begin(method: DescMethod): (failure: PlatformError | undefined) => void;
}

/** Makes the observer of a transport: histogram `rpc.client.duration`. Failures are logged by whoever made the call. */
export function createClientObserver({ clock, meter }: { clock: Clock; meter: Meter }): ClientObserver {
  const durations = meter.histogram({
    name: 'rpc.client.duration',
    description: 'Time from the start of a call to the end of its answer, with all tries',
    unit: 's',
    labelNames: ['service', 'method', 'code'],
    buckets: rpcDurationBuckets,
  });
  return {
    begin(method) {
      const startedAtMs = clock.monotonicMs();
      return (failure) => {
        const labels = { service: method.parent.typeName, method: method.name, code: failure?.code ?? 'ok' };
        durations.record((clock.monotonicMs() - startedAtMs) / 1_000, labels);
      };
    },
  };
}
