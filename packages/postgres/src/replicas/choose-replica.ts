/** What is known of a replica when a read asks for one. */
export interface ReplicaView {
  /** It answered the last check, as a standby. */
  readonly isUsable: boolean;
  readonly shownUntilMs: number;
  readonly lagBytes: bigint;
  readonly replayed: bigint;
  /** Connections in use, and callers that wait for one. */
  readonly usedCount: number;
}

/** What a read asks for. */
export interface ReplicaDemand {
  readonly nowMs: number;
  readonly maxLagMs: number;
  readonly maxLagBytes: number;
  /** Position that it has to show; undefined for any. */
  readonly position: bigint | undefined;
  /** Grows with each read; spreads those that find several alike. */
  readonly turn: number;
}

/** Why no replica fits. */
export type NoReplica = 'none_usable' | 'all_behind';

/**
 * Chooses the place of a replica: within both bounds of lag; one that is known to show the position before one that may have to be waited for; then the
 * least used.
 */
export function chooseReplica(views: readonly ReplicaView[], demand: ReplicaDemand): number | NoReplica {
  const usable = views.some(({ isUsable }) => isUsable);
  let best: number | undefined;
  for (let step = 0; step < views.length; step++) {
    const place = (demand.turn + step) % views.length;
    const view = views[place]!;
    if (!view.isUsable || isBehind(view, demand)) continue;
    if (best === undefined || isBetter(view, views[best]!, demand.position)) best = place;
  }
  return best ?? (usable ? 'all_behind' : 'none_usable');
}

function isBehind({ shownUntilMs, lagBytes }: ReplicaView, { nowMs, maxLagMs, maxLagBytes }: ReplicaDemand): boolean {
  return nowMs - shownUntilMs > maxLagMs || lagBytes > maxLagBytes;
}

function isBetter(one: ReplicaView, other: ReplicaView, position: bigint | undefined): boolean {
  if (position !== undefined) {
    const [shows, showsToo] = [one.replayed >= position, other.replayed >= position];
    if (shows !== showsToo) return shows;
  }
  return one.usedCount < other.usedCount;
}
