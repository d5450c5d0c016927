import type { DescMethod } from '@bufbuild/protobuf';
import { createKeyedEffects, idempotencyMigrations, startCleanup } from '@mainstay/idempotency';
import { type Clock, type LeaseKeeper, type Logger, type Meter, optionError } from '@mainstay/kernel';
import { leaseMigrations } from '@mainstay/leases';
import type { Database } from '@mainstay/postgres';
import type { ServiceBinding } from '@mainstay/rpc';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { RunningService } from '../definition/running-service.ts';
import { isKeyed, keyedBinding } from './keyed-binding.ts';

/** What the keys of one service stand on. */
export interface KeyedHosting {
  readonly database: Database;
  readonly leases: LeaseKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Ends the clean-up. */
  readonly parts: AsyncDisposableStack;
}

/**
 * Gives the bindings of a service the protocol of idempotency keys, and begins to remove old records, when its contract has a keyed method.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` when the service has keyed methods and lacks what their records need.
 */
export function openKeyed(
  definition: ServiceDefinition,
  { bindings = [], keyed = {} }: RunningService,
  hosting: KeyedHosting | undefined,
): readonly ServiceBinding[] {
  const method = bindings.flatMap((binding) => [...binding.methods.keys()]).find(isKeyed);
  if (method === undefined) return bindings;
  requireTables(definition, method);
  if (hosting === undefined) return bindings;
  const effects = createKeyedEffects(hosting);
  hosting.parts.use(startCleanup({ ...hosting, metrics: effects.metrics }));
  return bindings.map((binding) => keyedBinding(binding, { ...keyed, effects }));
}

function requireTables({ name, database }: ServiceDefinition, method: DescMethod): void {
  for (const [needed, called] of [
    [idempotencyMigrations, 'idempotencyMigrations'],
    [leaseMigrations, 'leaseMigrations'],
  ] as const) {
    const isThere = database?.migrations.some(
      (entry) => (entry instanceof URL ? entry : entry.directory).href === needed.href,
    );
    if (isThere === true) continue;
    throw optionError(`${name}.database.migrations`, `given ${called}, because ${method.name} is keyed`, 'none');
  }
}
