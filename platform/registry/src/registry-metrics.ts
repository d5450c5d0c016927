import type { Meter } from '@mainstay/kernel';
import type { Change } from './domain/change.ts';
import { stateOf } from './domain/entry.ts';
import type { InstanceTable } from './domain/instance-table.ts';

const states = ['healthy', 'degraded', 'suspect', 'draining', 'unhealthy'] as const;

/** Declares the metrics of the registry. */
export function createRegistryMetrics(meter: Meter): {
  readonly changed: (change: Change, table: InstanceTable) => void;
} {
  const instances = meter.gauge({
    name: 'mainstay.registry.instances',
    description: 'Known instances by service and state',
    unit: '{instance}',
    labelNames: ['service', 'state'],
  });
  const changes = meter.counter({
    name: 'mainstay.registry.changes',
    description: 'Comings, goings and changes of state of instances',
    unit: '{change}',
    labelNames: ['service', 'event'],
  });
  return {
    changed({ service, event }, table) {
      changes.add(1, { service, event });
      const counts = new Map<string, number>(states.map((state) => [state, 0]));
      for (const entry of table.lookup(service, {}, true)) {
        const state = stateOf(entry);
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      for (const [state, count] of counts) instances.set(count, { service, state });
    },
  };
}
