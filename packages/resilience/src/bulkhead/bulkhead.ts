import {
  type Alarm,
  alarmsOf,
  type Clock,
  deadlineDueAtMs,
  type PlatformError,
  remainingMs,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import { type CallScope, isCanceledBy, reasonOf } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import type { CallFacts, Policy } from '../policy/policy-types.ts';
import { type BulkheadSnapshot, Places, type Waiter, type WaitingCallbacks } from './places.ts';
import { waitForPlace } from './wait-for-place.ts';

/** Options of {@link createBulkhead}. */
export interface BulkheadOptions {
  /** What is protected, for messages. */
  readonly name: string;
  /** Calls that may run at the same time. */
  readonly maxConcurrent: number;
  /** Calls that may wait for a place, default 0: refuse at once. */
  readonly maxQueued?: number;
  /** Longest wait for a place in milliseconds, default 1,000. */
  readonly queueTimeoutMs?: number;
  readonly clock?: Clock;
}

/** A limit on calls at the same time. */
export interface Bulkhead extends Policy {
  /** Calls the function when there is a place, waiting in line for one if allowed. */
  run<T>(call: () => Promise<T>, about?: AbortSignal | CallFacts): Promise<T>;
  /** Takes a place; the returned function gives it back, once. */
  acquire(about?: AbortSignal | CallFacts): Promise<() => void>;
  snapshot(): BulkheadSnapshot;
}

/**
 * Makes a bulkhead: at most `maxConcurrent` calls run, at most `maxQueued` wait.
 *
 * The more important go first (`priority`), callers of one priority take turns (`callerClass`), and within a class it is
 * first come first served. When the line is full, a more important call takes the place of the least important one in it.
 *
 * Cost: nothing but a counter while there are places; one timer for the whole queue.
 *
 * @throws {@link PlatformError} from `run`, `execute` and `acquire`: `resource_exhausted` / `BULKHEAD_FULL` or
 * `BULKHEAD_QUEUE_TIMEOUT`, executed: no; `canceled` when the signal ends the wait.
 * @example
 * const bulkhead = createBulkhead({ name: 'payments', maxConcurrent: 10, maxQueued: 20 });
 * await bulkhead.run(() => payments.capture(request));
 */
export function createBulkhead(options: BulkheadOptions): Bulkhead {
  const { name } = options;
  return new BulkheadLayer(
    new Places({
      name,
      clock: options.clock ?? systemClock,
      maxConcurrent: wholeNumber(`bulkhead ${name} maxConcurrent`, options.maxConcurrent, 1),
      maxQueued: wholeNumber(`bulkhead ${name} maxQueued`, options.maxQueued ?? 0, 0),
      queueTimeoutMs: positive(`bulkhead ${name} queueTimeoutMs`, options.queueTimeoutMs ?? 1_000),
    }),
  );
}

class BulkheadLayer extends LayerPolicy implements Bulkhead {
  readonly #places: Places;

  constructor(places: Places) {
    super();
    this.#places = places;
  }

  run<T>(call: () => Promise<T>, about?: AbortSignal | CallFacts): Promise<T> {
    return this.execute(() => call(), about);
  }

  async acquire(about: AbortSignal | CallFacts = {}): Promise<() => void> {
    const facts: CallFacts = 'aborted' in about ? { signal: about } : about;
    if (isCanceledBy(facts)) throw toPlatformError(reasonOf(facts));
    if (!this.#places.tryTake()) await waitForPlace(this.#places, facts);
    return this.#releaseOnce();
  }

  stages(): readonly Stage[] {
    return [new BulkheadStage(this.#places)];
  }

  snapshot(): BulkheadSnapshot {
    return this.#places.snapshot();
  }

  #releaseOnce(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#places.giveBack();
    };
  }
}

class BulkheadStage extends Stage {
  readonly places: Places;

  constructor(places: Places) {
    super();
    this.places = places;
  }

  override start(call: CallScope): void {
    if (this.places.tryTake()) this.inner.start(call);
    else new WaitingCall(this, call).begin();
  }

  override succeed(call: CallScope, value: unknown): void {
    this.places.giveBack();
    this.outer.succeed(call, value);
  }

  override fail(call: CallScope, error: unknown): void {
    this.places.giveBack();
    this.outer.fail(call, error);
  }
}

// Places come free at the end of other calls, in their async context; hence `resume`.
class WaitingCall implements WaitingCallbacks, Alarm {
  /** When the deadline of the call passes. */
  readonly dueAtMs: number;
  place = -1;
  readonly #stage: BulkheadStage;
  readonly #call: CallScope;
  #waiter: Waiter | undefined;
  #stopListening: (() => void) | undefined;

  constructor(stage: BulkheadStage, call: CallScope) {
    this.#stage = stage;
    this.#call = call;
    this.dueAtMs = deadlineDueAtMs(call.deadline, stage.places.clock);
  }

  begin(): void {
    const call = this.#call;
    const { places } = this.#stage;
    call.root.keepContext();
    this.#waiter = places.wait(call.root.facts, this);
    if (this.#waiter === undefined) return;
    if (this.dueAtMs !== Number.POSITIVE_INFINITY) alarmsOf(places.clock).set(this);
    this.#stopListening = call.onCancel((reason) => this.#leave(toPlatformError(reason)));
  }

  admit(): void {
    this.#stopWaiting();
    const call = this.#call;
    const { places, inner } = this.#stage;
    call.root.resume(() => {
      if (remainingMs(call.deadline, places.clock) > 0) inner.start(call);
      else this.#stage.fail(call, places.tooLate());
    });
  }

  refuse(error: PlatformError): void {
    this.#stopWaiting();
    this.#refuse(error);
  }

  onDue(): void {
    this.#leave(this.#stage.places.tooLate());
  }

  #leave(error: PlatformError): void {
    this.#stopWaiting();
    if (this.#waiter !== undefined) this.#stage.places.leave(this.#waiter);
    this.#refuse(error);
  }

  #stopWaiting(): void {
    this.#stopListening?.();
    alarmsOf(this.#stage.places.clock).clear(this);
  }

  #refuse(error: PlatformError): void {
    this.#call.root.resume(() => this.#stage.outer.fail(this.#call, error));
  }
}
