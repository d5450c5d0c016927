import { faultPoint, PlatformError } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import { apply } from '../core/apply.ts';
import type { Decision } from '../core/decide.ts';
import { isEnded, type SagaRecord } from '../core/record.ts';
import { type Settled, settle } from '../core/settle.ts';
import type { Transition } from '../core/transition.ts';
import { sagaReasons } from '../errors.ts';
import type { SagaEvent } from '../saga-options.ts';
import { readRequests, requestOf } from '../store/requests.ts';
import type { RowMove, SagaWrite } from '../store/saga-writes.ts';
import type { LocalWrite } from './attempt-context.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/** A checkpoint that was written. */
export interface Checkpoint {
  /** What to do with the saga now; `wait` when it was given up, `rest` when it has ended. */
  readonly next: Exclude<Decision, { readonly act: 'record' }>;
}

/** What a checkpoint is made of. */
export interface CheckpointInput {
  /** What happened, given the record with all requests taken in; may be asked again when new ones came. */
  readonly build: (record: SagaRecord) => readonly Transition[];
  /** Steps with a call under way. */
  readonly busy: ReadonlyMap<number, unknown>;
  readonly writes?: readonly LocalWrite[];
  /** There are requests that the record has not taken in. */
  readonly hasNews?: boolean;
}

/**
 * Makes what happened durable, together with all that follows from it, the step's local writes and the hooks.
 *
 * The claim is given up in the same write when the saga has ended, has to wait, or the engine stops. Requests from
 * outside that came since the last checkpoint are taken in first, so none is overlooked by a saga that ends.
 *
 * @throws {@link PlatformError} `SAGA_LEASE_LOST` when another runner has the saga; what a local write or hook threw;
 * what the database said.
 */
export async function checkpoint(runtime: SagaRuntime, held: HeldSaga, input: CheckpointInput): Promise<Checkpoint> {
  let news = input.hasNews === true ? await readNews(runtime, held) : [];
  for (;;) {
    const nowMs = runtime.clock.nowMs();
    const settled = settleWith(held, input, { news, nowMs });
    const stops = settled.next.act === 'attempt' && runtime.isStopping() && input.busy.size === 0;
    const next: Checkpoint['next'] = stops ? { act: 'wait', untilMs: nowMs } : settled.next;
    if (settled.transitions.length === 0 && next.act !== 'wait') return { next };
    const write = writeOf(held, withOwner(runtime, held, settled), { next, nowMs });
    if (isEnded(settled.record)) {
      const point = faultPoint('saga.before-finish');
      if (point !== undefined) await point;
    }
    const local = [...(input.writes ?? []), ...hooksOf(held, settled.record)];
    const verdict =
      local.length === 0 ? await runtime.commits.append(write) : await runtime.transactions.append({ write, local });
    if (verdict === 'written') {
      held.record = settled.record;
      held.sequence = write.sequence;
      held.isNamed = true;
      return { next };
    }
    if (verdict === 'lost') throw lost(held);
    news = await readNews(runtime, held);
  }
}

function settleWith(
  held: HeldSaga,
  input: CheckpointInput,
  { news, nowMs }: { readonly news: readonly Transition[]; readonly nowMs: number },
): Settled {
  const { record, definition } = held;
  const informed = news.reduce((before, one) => apply(before, one, nowMs), record);
  const facts = [...news, ...input.build(informed)];
  return settle(record, definition.plan, { facts, nowMs, busy: new Set(input.busy.keys()) });
}

/** What was asked of the saga since it was last looked at; the end of a child becomes a change of the state here. */
async function readNews(runtime: SagaRuntime, held: HeldSaga): Promise<readonly Transition[]> {
  const { record, definition } = held;
  const requests = await readRequests(runtime.database, record.id, record.requestCount);
  return requests.map(({ transition: request }): Transition => {
    if (request.kind !== 'child_ended') return request;
    const { state, ...ended } = request;
    const output = definition.steps.find(({ name }) => name === request.step)?.saga?.output;
    return request.end === 'completed' && output !== undefined ? { ...ended, patch: output(state ?? {}) } : ended;
  });
}

function writeOf(
  held: HeldSaga,
  settled: Settled,
  { next, nowMs }: { readonly next: Checkpoint['next']; readonly nowMs: number },
): SagaWrite {
  const { record: before } = held;
  const { record: after } = settled;
  const isReleased = next.act === 'wait';
  const erasesSecrets = hasSecrets(before) && !hasSecrets(after);
  const moves =
    isReleased ||
    erasesSecrets ||
    after.status !== before.status ||
    after.needsIntervention !== before.needsIntervention;
  const move: RowMove = {
    status: after.status,
    isKept: !isReleased && !isEnded(after),
    availableAtMs: isReleased ? next.untilMs : nowMs,
    needsIntervention: after.needsIntervention,
    erasesSecrets,
  };
  return {
    id: after.id,
    epoch: held.epoch,
    requests: after.requestCount,
    sequence: held.sequence + 1,
    atMs: nowMs,
    transitions: settled.transitions,
    ...(moves && { move }),
  };
}

function hasSecrets({ secrets, state }: SagaRecord): boolean {
  return secrets.some((key) => (state[key] ?? null) !== null);
}

function hooksOf(held: HeldSaga, after: SagaRecord): readonly LocalWrite[] {
  const { definition, record: before } = held;
  if (before.status === after.status) return [];
  const hook =
    after.status === 'completed'
      ? definition.onCompleted
      : after.status === 'compensated'
        ? definition.onFailed
        : definition.onCompensating;
  const { id: sagaId, subject, state, reason, cancelReason, parent, status } = after;
  const event: SagaEvent<object> = { sagaId, subject, state, reason, cancelReason };
  const writes: LocalWrite[] = [];
  if (hook !== undefined) writes.push((tx: Transaction) => hook.call(definition, tx, event));
  if (parent !== null && (status === 'completed' || status === 'compensated')) {
    const transition = { kind: 'child_ended', step: parent.step, end: status, reason, state } as const;
    writes.push(async (tx) => {
      await requestOf(tx, { id: parent.id, transition, nowMs: after.endedAtMs ?? 0, key: `${sagaId} ${status}` });
    });
  }
  return writes;
}

function withOwner(runtime: SagaRuntime, held: HeldSaga, settled: Settled): Settled {
  if (held.isNamed) return settled;
  return { ...settled, transitions: [{ kind: 'claimed', owner: runtime.owner }, ...settled.transitions] };
}

function lost(held: HeldSaga): PlatformError {
  return new PlatformError(
    sagaReasons.SAGA_LEASE_LOST,
    `saga ${held.record.id} is in the hands of another runner since epoch ${held.epoch}`,
  );
}
