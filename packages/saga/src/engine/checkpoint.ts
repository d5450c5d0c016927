import { faultPoint, isPlatformError, PlatformError } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import { decideNext } from '../core/decide.ts';
import { type Change, isEnded, type SagaRecord } from '../core/record.ts';
import { sagaReasons } from '../errors.ts';
import type { SagaEvent } from '../saga-options.ts';
import { type SagaWrite, type SavedSaga, saveSaga } from '../store/saga-store.ts';
import type { LocalWrite } from './attempt.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/** What happens to the claim with a checkpoint. */
export type ClaimAfter = 'kept' | 'released' | 'ended';

const retryPauseMs = 100;

/**
 * Makes a change durable, together with the step's local writes and the definition's hooks.
 *
 * One statement when there are neither; else one transaction, in which the saga's row is written, and so locked and its
 * epoch checked, before anything else. The claim is given up in the same write when the saga has ended, has to wait,
 * or the engine stops. A write that certainly did not happen is repeated while the lease lasts.
 *
 * @throws {@link PlatformError} `SAGA_LEASE_LOST` when another runner has the saga; what a local write or hook threw;
 * what the database said.
 */
export async function checkpoint(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: { readonly change: Change; readonly writes?: readonly LocalWrite[]; readonly release?: boolean },
): Promise<ClaimAfter> {
  const { change, writes = [] } = input;
  const hooks = hooksOf(held, change.record);
  if (isEnded(change.record)) await faultPoint('saga.before-finish');

  for (;;) {
    const startedAtMs = runtime.clock.monotonicMs();
    const nowMs = runtime.clock.nowMs();
    const next = decideNext(change.record, held.definition.plan, nowMs);
    const kept = next.act !== 'rest' && next.act !== 'wait' && !runtime.isStopping() && input.release !== true;
    const write: SagaWrite = {
      change,
      epoch: held.epoch,
      owner: runtime.owner,
      nowMs,
      dueAtMs: next.act === 'wait' ? next.untilMs : nowMs,
      ...(kept && { leaseUntilMs: nowMs + runtime.leaseMs }),
    };
    try {
      const saved = await store(runtime, held, { write, writes, hooks });
      held.record = { ...change.record, cancelReason: saved.cancelReason };
      held.leaseEndsAtMs = startedAtMs + runtime.leaseMs;
      if (isEnded(change.record)) return 'ended';
      return kept ? 'kept' : 'released';
    } catch (error) {
      if (!mayRepeat(error) || runtime.clock.monotonicMs() + retryPauseMs >= held.leaseEndsAtMs) throw error;
      await runtime.clock.sleep(retryPauseMs, held.signal);
    }
  }
}

type Hook = (tx: Transaction, event: SagaEvent<object>) => Promise<void>;

function hooksOf(held: HeldSaga, after: SagaRecord): readonly Hook[] {
  const { definition, record: before } = held;
  if (before.status === after.status) return [];
  const hook =
    after.status === 'completed'
      ? definition.onCompleted
      : after.status === 'compensated'
        ? definition.onFailed
        : definition.onCompensating;
  return hook === undefined ? [] : [hook.bind(definition)];
}

async function store(
  runtime: SagaRuntime,
  held: HeldSaga,
  input: { readonly write: SagaWrite; readonly writes: readonly LocalWrite[]; readonly hooks: readonly Hook[] },
): Promise<SavedSaga> {
  const { write, writes, hooks } = input;
  if (writes.length === 0 && hooks.length === 0) return required(await saveSaga(runtime.database, write), held);
  return await runtime.database.transaction(async (tx) => {
    const saved = required(await saveSaga(tx, write), held);
    const { id: sagaId, subject, state, reason } = write.change.record;
    const event: SagaEvent<object> = { sagaId, subject, state, reason, cancelReason: saved.cancelReason };
    for (const local of writes) await local(tx);
    for (const hook of hooks) await hook(tx, event);
    return saved;
  });
}

function required(saved: SavedSaga | undefined, held: HeldSaga): SavedSaga {
  if (saved !== undefined) return saved;
  throw new PlatformError(
    sagaReasons.SAGA_LEASE_LOST,
    `saga ${held.record.id} is in the hands of another runner since epoch ${held.epoch}`,
  );
}

// Only what certainly was not written: after a lost answer the truth is read from the row by whoever claims it next.
function mayRepeat(error: unknown): boolean {
  return isPlatformError(error) && error.executed === 'no' && error.retry !== 'never';
}
