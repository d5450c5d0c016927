import type { Priority } from '../policy/policy-types.ts';

/** Priorities from the most to the least important. */
export const priorities: readonly Priority[] = ['critical', 'normal', 'low', 'background'];

/** One who waits; the line only looks at these two. */
export interface Waiting {
  readonly priority: Priority;
  readonly callerClass: string;
}

/**
 * A waiting line in which the more important go first, caller classes of one priority take turns, and within a class
 * the first to come is the first to go.
 *
 * Shape: a class that has nobody waiting is not kept, so there are never more classes than waiters.
 */
export class WaitingLine<W extends Waiting> {
  readonly #all = new Set<W>();
  readonly #byPriority = new Map<Priority, Map<string, Set<W>>>(priorities.map((priority) => [priority, new Map()]));

  get size(): number {
    return this.#all.size;
  }

  /** Who came first of all. */
  get oldest(): W | undefined {
    return this.#all.values().next().value;
  }

  add(waiter: W): void {
    this.#all.add(waiter);
    const classes = this.#classesOf(waiter.priority);
    const others = classes.get(waiter.callerClass);
    if (others === undefined) classes.set(waiter.callerClass, new Set([waiter]));
    else others.add(waiter);
  }

  remove(waiter: W): void {
    if (!this.#all.delete(waiter)) return;
    const classes = this.#classesOf(waiter.priority);
    const others = classes.get(waiter.callerClass);
    others?.delete(waiter);
    if (others?.size === 0) classes.delete(waiter.callerClass);
  }

  /** Takes out who is next; its class goes to the end of the turns. */
  next(): W | undefined {
    if (this.#all.size === 0) return undefined;
    for (const classes of this.#byPriority.values()) {
      for (const [callerClass, waiters] of classes) {
        const waiter = waiters.values().next().value as W;
        this.remove(waiter);
        if (waiters.size > 0) {
          classes.delete(callerClass);
          classes.set(callerClass, waiters);
        }
        return waiter;
      }
    }
    return undefined;
  }

  /** Who has to go for somebody of this priority: of the least important, the last of the class with the most waiting. */
  weakestBelow(priority: Priority): W | undefined {
    for (const lower of priorities.slice(priorities.indexOf(priority) + 1).reverse()) {
      const longest = [...this.#classesOf(lower).values()].sort((a, b) => b.size - a.size)[0];
      if (longest !== undefined) return [...longest].at(-1);
    }
    return undefined;
  }

  #classesOf(priority: Priority): Map<string, Set<W>> {
    return this.#byPriority.get(priority) as Map<string, Set<W>>;
  }
}
