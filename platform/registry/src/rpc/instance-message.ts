import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Instance, InstanceSchema, InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { type Entry, type Registration, stateOf } from '../domain/entry.ts';
import type { ReportedState, InstanceState as State } from '../domain/instance-state.ts';

const numbers: Readonly<Record<State, InstanceState>> = {
  healthy: InstanceState.HEALTHY,
  degraded: InstanceState.DEGRADED,
  suspect: InstanceState.SUSPECT,
  draining: InstanceState.DRAINING,
  unhealthy: InstanceState.UNHEALTHY,
};

/** Writes an entry as the contract's message. */
export function toInstance(entry: Entry): Instance {
  return create(InstanceSchema, {
    id: entry.id,
    service: entry.service,
    address: entry.address,
    managementUrl: entry.managementUrl,
    load: entry.load,
    metadata: { ...entry.metadata },
    state: numbers[stateOf(entry)],
    registeredAt: timestampFromMs(entry.registeredAtMs),
    lastSeenAt: timestampFromMs(entry.lastSeenAtMs),
  } satisfies MessageInitShape<typeof InstanceSchema>);
}

/**
 * Reads the state that an instance reports of itself.
 *
 * @returns undefined when it states none; suspect, which is for the registry to say, counts as degraded.
 */
export function readReportedState(state: InstanceState | number): ReportedState | undefined {
  switch (state) {
    case InstanceState.HEALTHY:
      return 'healthy';
    case InstanceState.DEGRADED:
    case InstanceState.SUSPECT:
      return 'degraded';
    case InstanceState.DRAINING:
      return 'draining';
    case InstanceState.UNHEALTHY:
      return 'unhealthy';
    default:
      return undefined;
  }
}

/** Reads what an instance says when it registers; healthy unless it says otherwise. */
export function readRegistration(instance: Instance): Registration {
  const { service, id, address, managementUrl, metadata, load } = instance;
  const reported = readReportedState(instance.state) ?? 'healthy';
  return { service, id, address, managementUrl, metadata: { ...metadata }, load, reported };
}
