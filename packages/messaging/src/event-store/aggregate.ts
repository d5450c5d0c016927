import { optionError, type SqlExecutor } from '@mainstay/kernel';
import { readSnapshot, saveSnapshot } from './snapshot-store.ts';
import type { StreamEvent } from './stream-event.ts';
import { readStreamEvents } from './stream-store.ts';
import type { Upcaster } from './upcast.ts';

/** What the events of a stream amount to. */
export interface Aggregate<State> {
  /** Name and number of the state's shape, for example `order/2`: a new number makes old snapshots be passed over. */
  readonly shape: string;
  /** State of a stream without events; JSON. */
  readonly initial: State;
  /** Gives the state after an event; pure, so that it gives the same today and in a year. */
  apply(state: State, event: StreamEvent): State;
  /** Events after which a snapshot is taken, at least 1; default 100. */
  readonly snapshotEvery?: number;
}

/** State of a stream at a version. */
export interface Loaded<State> {
  readonly state: State;
  /** 0n for a stream without events; what the next append expects. */
  readonly version: bigint;
}

const pageSize = 1_000;

/** Whose state is loaded. */
export interface AggregateQuery<State> {
  readonly aggregate: Aggregate<State>;
  readonly stream: string;
}

/** Loads what a stream amounts to, from its last snapshot on, and takes a new one when many events followed it. */
export async function loadAggregate<State>(
  sql: SqlExecutor,
  { aggregate, stream }: AggregateQuery<State>,
  { read }: Pick<Upcaster, 'read'>,
): Promise<Loaded<State>> {
  const { shape, initial, snapshotEvery = 100 } = aggregate;
  if (!Number.isInteger(snapshotEvery) || snapshotEvery < 1) {
    throw optionError('aggregate.snapshotEvery', 'an integer of at least 1', snapshotEvery);
  }
  const snapshot = await readSnapshot<State>(sql, stream, shape);
  const from = snapshot?.version ?? 0n;
  let { state, version }: Loaded<State> = { state: snapshot?.state ?? initial, version: from };
  for (;;) {
    const events = await readStreamEvents(sql, { stream, after: version, limit: pageSize });
    for (const event of events) state = aggregate.apply(state, read(event));
    version = events.at(-1)?.version ?? version;
    if (events.length < pageSize) break;
  }
  if (version - from >= BigInt(snapshotEvery)) await saveSnapshot(sql, { stream, shape, version, state });
  return { state, version };
}
