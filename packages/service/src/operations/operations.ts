import type { Clock } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { ServiceBinding } from '@mainstay/rpc';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { OperatedService } from '../definition/operated-service.ts';
import type { RunningService } from '../definition/running-service.ts';
import type { HostBus } from '../events/host-bus.ts';
import { isKeyed } from '../keyed/keyed-binding.ts';
import { bindEventAdmin } from './event-admin.ts';
import { createFindOperated } from './find-operated.ts';
import {
  deadLetterSource,
  keyedCallSource,
  missedEventsSource,
  outboxSource,
  projectionSource,
  sagaSource,
} from './own-sources.ts';
import { bindProjectionAdmin } from './projection-admin.ts';
import { bindSagaAdmin } from './saga-admin.ts';
import { bindStuckWork } from './stuck-work.ts';

/** A service of this host that may have durable work. */
interface StartedService {
  readonly definition: Pick<ServiceDefinition, 'name' | 'tells'>;
  readonly running: RunningService;
  readonly database: Database | undefined;
}

/**
 * Binds the operators' API once for all services of a host that have a database; a request names the one it means.
 *
 * @returns empty when none has one.
 */
export function bindOperations(
  services: readonly StartedService[],
  { bus, clock }: { readonly bus: HostBus | undefined; readonly clock: Clock },
): readonly ServiceBinding[] {
  const operated = services
    .map((service) => operatedService(service, { bus, clock }))
    .filter((one) => one !== undefined);
  if (operated.length === 0) return [];
  const find = createFindOperated(operated);
  return [
    bindSagaAdmin(find, clock),
    bindEventAdmin(find, clock),
    bindProjectionAdmin(find),
    bindStuckWork(find, clock),
  ];
}

function operatedService(
  { definition, running, database }: StartedService,
  { bus, clock }: { readonly bus: HostBus | undefined; readonly clock: Clock },
): OperatedService | undefined {
  if (database === undefined) return undefined;
  const { sagas, consumers = [], projections, stuck = [], bindings = [] } = running;
  const hasKeys = bindings.some(({ methods }) => [...methods.keys()].some(isKeyed));
  const { name, tells = [] } = definition;
  const events = { database, bus: bus?.bus, tells, consumers };
  return {
    name,
    sagas,
    events,
    projections,
    stuck: [
      ...(sagas === undefined ? [] : [sagaSource(sagas)]),
      ...(consumers.length === 0 ? [] : [deadLetterSource(events), missedEventsSource(events)]),
      ...(tells.length === 0 ? [] : [outboxSource(events)]),
      ...(projections === undefined ? [] : [projectionSource(projections, clock)]),
      ...(hasKeys ? [keyedCallSource(database)] : []),
      ...stuck,
    ],
  };
}
