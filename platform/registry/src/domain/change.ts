import { type Entry, stateOf } from './entry.ts';
import type { InstanceState } from './instance-state.ts';

/** What can happen to an instance; the word that stands in the audit log. */
export type ChangeEvent =
  | 'registered'
  | 'renewed'
  | 'suspect'
  | 'recovered'
  | 'degraded'
  | 'draining'
  | 'unhealthy'
  | 'deregistered'
  | 'removed'
  | 'restored';

/** One change of the table. */
export interface Change {
  readonly service: string;
  readonly id: string;
  readonly event: ChangeEvent;
  /** Why, one sentence for a person. */
  readonly reason: string;
}

const reports: Readonly<Record<InstanceState, ChangeEvent>> = {
  healthy: 'recovered',
  degraded: 'degraded',
  suspect: 'suspect',
  draining: 'draining',
  unhealthy: 'unhealthy',
};

/** Names what a heartbeat changed, or undefined when it only renewed. */
export function changeByBeat(before: Entry, after: Entry): Change | undefined {
  const state = stateOf(after);
  if (before.silence === 'beating' && state === stateOf(before)) return undefined;
  const { service, id } = after;
  if (before.silence !== 'beating' && (state === 'healthy' || state === 'degraded')) {
    const silentMs = after.lastSeenAtMs - before.lastSeenAtMs;
    return { service, id, event: 'recovered', reason: `beats again after ${seconds(silentMs)} s of silence` };
  }
  return { service, id, event: reports[state], reason: `reports itself ${state}` };
}

/** Names what silence changed. */
export function changeBySilence(after: Entry, silentMs: number): Change | undefined {
  const { service, id } = after;
  if (after.silence === 'suspect') {
    return { service, id, event: 'suspect', reason: `no heartbeat for ${seconds(silentMs)} s` };
  }
  if (after.silence === 'lost') {
    return { service, id, event: 'draining', reason: `no heartbeat for ${seconds(silentMs)} s, out of routing` };
  }
  return undefined;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1_000).toFixed(1);
}
