import { type Clock, type Deadline, earlierDeadline, type PlatformError } from '@mainstay/kernel';
import type { LatencyEstimate } from '../latency/latency-estimate.ts';
import { type CallScope, InnerScope } from '../policy/call-scope.ts';
import type { Done } from '../policy/layer.ts';
import type { Due, DueQueue } from './due-queue.ts';

/** What a call under a time-out needs of it. */
export interface TimeoutRunOwner {
  readonly clock: Clock;
  readonly queue: DueQueue;
  readonly estimate: LatencyEstimate | undefined;
  /** Counts a call that reached its limit, and gives its error. */
  exceeded(limitMs: number, executed: 'no' | 'maybe'): PlatformError;
}

/** One call under a time-out: its scope, its end, and its place among those that may be cut off. */
export class TimeoutRun extends InnerScope implements Done, Due {
  dueSlot: Due['dueSlot'];
  duePrevious: Due | undefined;
  dueNext: Due | undefined;
  readonly #owner: TimeoutRunOwner;
  readonly #done: Done;
  #startedMs = 0;
  #limitMs = 0;
  #isOver = false;

  constructor(owner: TimeoutRunOwner, call: CallScope, done: Done) {
    super(call);
    this.#owner = owner;
    this.#done = done;
  }

  begin(nowMs: number, limitMs: number): void {
    if (this.#owner.estimate !== undefined) this.#startedMs = nowMs;
    this.#limitMs = limitMs;
    this.#owner.queue.add(this, nowMs, limitMs);
  }

  override get deadline(): Deadline {
    const { clock, queue } = this.#owner;
    const own = { atMs: clock.nowMs() + queue.leftMs(this) };
    return earlierDeadline(super.deadline, own) ?? own;
  }

  succeed(value: unknown): void {
    if (this.#isOver) return;
    this.#end();
    const { estimate, clock } = this.#owner;
    if (estimate !== undefined) {
      const nowMs = clock.monotonicMs();
      estimate.record(nowMs, nowMs - this.#startedMs);
    }
    this.#done.succeed(value);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#done.fail(error);
  }

  onDue(): void {
    this.#isOver = true;
    const { estimate, clock } = this.#owner;
    // Calls that were cut off count with the time they had; without them the limit would only ever shrink.
    estimate?.record(clock.monotonicMs(), this.#limitMs);
    this.root.resume(() => {
      const error = this.#owner.exceeded(this.#limitMs, this.hasBegun ? 'maybe' : 'no');
      this.cancel(error);
      this.#done.fail(error);
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#owner.queue.remove(this);
    this.close();
  }
}
