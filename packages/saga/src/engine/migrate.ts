import { PlatformError } from '@mainstay/kernel';
import { apply } from '../core/apply.ts';
import { migrateSteps } from '../core/migrate-steps.ts';
import type { Transition } from '../core/transition.ts';
import { sagaReasons } from '../errors.ts';
import type { SagaDefinition } from '../saga-options.ts';
import type { ClaimedSaga } from '../store/claim.ts';
import { commitBatch } from '../store/commit-batch.ts';
import { moveVersion, setAside } from '../store/move-version.ts';
import type { SagaRuntime } from './runtime.ts';

/** How often a saga that cannot be taken over is looked at again. */
const asideMs = 60_000;

/**
 * Takes a claimed saga over to a later version of its definition, by the migration named there.
 *
 * @throws {@link PlatformError} `SAGA_MIGRATION_IMPOSSIBLE` when a step that ran has no place in the later version: the saga
 * is set aside for a person; `SAGA_LEASE_LOST` when another runner has it.
 */
export async function migrate(
  runtime: SagaRuntime,
  claimed: ClaimedSaga,
  definition: SagaDefinition,
): Promise<ClaimedSaga> {
  const { record, epoch, sequence, previousOwner } = claimed;
  const { name: saga, version, stages, migrations = [] } = definition;
  const atMs = runtime.clock.nowMs();
  const migration = migrations.find(({ from }) => from === record.version);
  const steps = migrateSteps(record, { stages, atMs });
  if (migration === undefined || steps === undefined) {
    await setAside(runtime.database, { id: record.id, epoch, untilMs: atMs + asideMs });
    const message = `saga ${record.id} has run steps that ${saga} of version ${version} does not have`;
    throw new PlatformError(sagaReasons.SAGA_MIGRATION_IMPOSSIBLE, message);
  }
  const state = migration.migrate(record.state) as typeof record.state;
  const moved = { kind: 'migrated', from: record.version, to: version, by: migration.name, state, steps } as const;
  const { owner } = runtime;
  const taken: Transition =
    previousOwner === null ? { kind: 'claimed', owner } : { kind: 'taken_over', owner, from: previousOwner };
  // The takeover comes first: what was under way under the old version is unknown under the new one.
  const before = apply(record, taken, atMs);
  const transitions = [taken, { ...moved, steps: migrateSteps(before, { stages, atMs }) ?? steps }];
  const write = { id: record.id, epoch, requests: record.requestCount, sequence: sequence + 1, atMs, transitions };
  await runtime.database.transaction(async (tx) => {
    const isOwn = await moveVersion(tx, { id: record.id, epoch, version, stages });
    const { appended } = await commitBatch(tx, owner, { writes: [write], starts: [] });
    if (!isOwn || appended !== 1) throw new PlatformError(sagaReasons.SAGA_LEASE_LOST, `saga ${record.id} was taken`);
  });
  const migrated = transitions.reduce((current, one) => apply(current, one, atMs), record);
  return { ...claimed, record: migrated, sequence: sequence + 1, previousOwner: null };
}
