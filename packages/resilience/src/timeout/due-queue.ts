import type { Clock } from '@mainstay/kernel';

/** Something that waits in a {@link DueQueue}; its place is kept in itself, so waiting allocates nothing. */
export interface Due {
  dueSlot: DueSlot | undefined;
  duePrevious: Due | undefined;
  dueNext: Due | undefined;
  /** Called once at its time, in the async context of whoever set the timer. */
  onDue(): void;
}

/** All that become due at the same tick. */
export interface DueSlot {
  readonly tick: number;
  first: Due | undefined;
  last: Due | undefined;
}

/**
 * Calls many things back at their times with one timer.
 *
 * Times are rounded up to a tick, so nothing is called early, and at most one tick late; within a tick first come, first
 * called. The timer is set for the earliest
 * tick and left alone when what waited for it is taken out; so calls that end in time set one timer per limit, not per call.
 *
 * Cost: adding and taking out are a few assignments; memory is one small object per tick in the time that lies ahead.
 */
export class DueQueue {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots = new Map<number, DueSlot>();
  #last: DueSlot | undefined;
  #timerTick = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  /** @param tickMs - a hundredth of the usual wait is a good one. */
  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  /** @param nowMs - monotonic time of the clock, read by the caller anyway. */
  add(due: Due, nowMs: number, ms: number): void {
    const tick = Math.ceil((nowMs + ms) / this.#tickMs);
    let slot = this.#last;
    if (slot === undefined || slot.tick !== tick) slot = this.#slotAt(tick, nowMs);
    const { last } = slot;
    due.dueSlot = slot;
    due.duePrevious = last;
    if (last === undefined) slot.first = due;
    else last.dueNext = due;
    slot.last = due;
  }

  /** Takes out what is still waiting; does nothing otherwise. */
  remove(due: Due): void {
    const { dueSlot: slot, duePrevious: previous, dueNext: next } = due;
    if (slot === undefined) return;
    if (previous === undefined) slot.first = next;
    else previous.dueNext = next;
    if (next === undefined) slot.last = previous;
    else next.duePrevious = previous;
    due.dueSlot = undefined;
    due.duePrevious = undefined;
    due.dueNext = undefined;
  }

  /** Milliseconds until its time; 0 when it does not wait. */
  leftMs({ dueSlot }: Due): number {
    return dueSlot === undefined ? 0 : Math.max(0, dueSlot.tick * this.#tickMs - this.#clock.monotonicMs());
  }

  #slotAt(tick: number, nowMs: number): DueSlot {
    let slot = this.#slots.get(tick);
    if (slot === undefined) {
      slot = { tick, first: undefined, last: undefined };
      this.#slots.set(tick, slot);
      if (tick < this.#timerTick) this.#setTimer(tick, nowMs);
    }
    this.#last = slot;
    return slot;
  }

  #setTimer(tick: number, nowMs: number): void {
    this.#cancelTimer?.();
    this.#timerTick = tick;
    this.#cancelTimer = this.#clock.after(Math.max(0, tick * this.#tickMs - nowMs), () => this.#fire());
  }

  #fire(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#timerTick = Number.POSITIVE_INFINITY;
    this.#cancelTimer = undefined;
    this.#last = undefined;
    let earliest = Number.POSITIVE_INFINITY;
    const overdue: DueSlot[] = [];
    for (const slot of this.#slots.values()) {
      const isOverdue = slot.tick * this.#tickMs <= nowMs;
      if (isOverdue || slot.first === undefined) this.#slots.delete(slot.tick);
      else if (slot.tick < earliest) earliest = slot.tick;
      if (isOverdue) overdue.push(slot);
    }
    if (earliest < Number.POSITIVE_INFINITY) this.#setTimer(earliest, nowMs);
    overdue.sort((a, b) => a.tick - b.tick);
    for (const slot of overdue) this.#callBack(slot);
  }

  #callBack(slot: DueSlot): void {
    for (let due = slot.first; due !== undefined; due = slot.first) {
      this.remove(due);
      due.onDue();
    }
  }
}
