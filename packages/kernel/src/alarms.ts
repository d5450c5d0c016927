import { type Clock, longestTimerMs } from './clock.ts';

/** Something that wants to be woken at a moment. */
export interface Alarm {
  /** In `monotonicMs` of the clock; fixed while it is set. */
  readonly dueAtMs: number;
  /** Place in the list that holds it; -1 when none does. Only {@link Alarms} writes it. */
  place: number;
  onDue(): void;
}

/** Many alarms, of which nearly all are taken back before they are due: deadlines, time-outs, hedges. */
export interface Alarms {
  set(alarm: Alarm): void;
  /** Takes an alarm back; one that is not set is no mistake. */
  clear(alarm: Alarm): void;
}

/**
 * Makes a list of alarms over one timer of a clock.
 *
 * The timer is set for the earliest alarm and left alone when that is taken back; it wakes then for nothing, and is set
 * for the next. So it may stand for a while after the last alarm is gone; it never keeps a process alive.
 *
 * Cost: a heap in an array; no allocation, no timer and a comparison or two for an alarm that is later than the others.
 */
export function createAlarms(clock: Clock): Alarms {
  const heap: Alarm[] = [];
  let wakesAtMs = Number.POSITIVE_INFINITY;
  let cancelTimer: () => void = () => undefined;

  const put = (alarm: Alarm, place: number): void => {
    heap[place] = alarm;
    alarm.place = place;
  };

  const rise = (alarm: Alarm, from: number): void => {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above]!;
      if (parent.dueAtMs <= alarm.dueAtMs) break;
      put(parent, place);
      place = above;
    }
    put(alarm, place);
  };

  const sink = (alarm: Alarm, from: number): void => {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.dueAtMs < heap[below]!.dueAtMs) below += 1;
      const child = heap[below]!;
      if (child.dueAtMs >= alarm.dueAtMs) break;
      put(child, place);
      place = below;
    }
    put(alarm, place);
  };

  const remove = (alarm: Alarm): void => {
    const { place } = alarm;
    const last = heap.pop()!;
    alarm.place = -1;
    if (last === alarm) return;
    if (place > 0 && heap[(place - 1) >> 1]!.dueAtMs > last.dueAtMs) rise(last, place);
    else sink(last, place);
  };

  const wakeAt = (atMs: number, nowMs: number): void => {
    wakesAtMs = atMs;
    cancelTimer = clock.after(Math.min(longestTimerMs, Math.max(0, atMs - nowMs)), wake);
  };

  const wakeForNext = (nowMs: number): void => {
    const next = heap[0];
    // An alarm that was set by another one may have set the timer.
    if (next === undefined || next.dueAtMs >= wakesAtMs) return;
    cancelTimer();
    wakeAt(next.dueAtMs, nowMs);
  };

  const wake = (): void => {
    wakesAtMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonicMs();
    try {
      while (heap.length > 0 && heap[0]!.dueAtMs <= nowMs) {
        const due = heap[0]!;
        remove(due);
        due.onDue();
      }
    } finally {
      // Also when one of them threw: the others are not its business.
      wakeForNext(nowMs);
    }
  };

  return {
    set(alarm) {
      const place = heap.length;
      heap.push(alarm);
      alarm.place = place;
      if (place > 0 && heap[(place - 1) >> 1]!.dueAtMs > alarm.dueAtMs) rise(alarm, place);
      if (alarm.dueAtMs >= wakesAtMs) return;
      cancelTimer();
      wakeAt(alarm.dueAtMs, clock.monotonicMs());
    },
    clear(alarm) {
      if (alarm.place >= 0) remove(alarm);
    },
  };
}

const shared = new WeakMap<Clock, Alarms>();

/** The list of alarms that everything with the same clock shares. */
export function alarmsOf(clock: Clock): Alarms {
  let alarms = shared.get(clock);
  if (alarms === undefined) {
    alarms = createAlarms(clock);
    shared.set(clock, alarms);
  }
  return alarms;
}
