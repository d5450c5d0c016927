import {
  type Alarm,
  type Alarms,
  type Clock,
  type Deadline,
  deadlineAt,
  earlierDeadline,
  type PlatformError,
} from '@mainstay/kernel';
import type { LatencyEstimate } from '../latency/latency-estimate.ts';
import { type CallScope, InnerScope } from '../policy/call-scope.ts';
import type { Done } from '../policy/layer.ts';

/** What a call under a time-out needs of it. */
export interface TimeoutRunOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly estimate: LatencyEstimate | undefined;
  /** Counts a call that reached its limit, and gives its error. */
  exceeded(limitMs: number, executed: 'no' | 'maybe'): PlatformError;
}

/** One call under a time-out: its scope, its end, and the alarm that cuts it off. */
export class TimeoutRun extends InnerScope implements Done, Alarm {
  dueAtMs = 0;
  place = -1;
  readonly #owner: TimeoutRunOwner;
  readonly #done: Done;
  #limitMs = 0;
  #isOver = false;

  constructor(owner: TimeoutRunOwner, call: CallScope, done: Done) {
    super(call);
    this.#owner = owner;
    this.#done = done;
  }

  begin(nowMs: number, limitMs: number): void {
    this.#limitMs = limitMs;
    this.dueAtMs = nowMs + limitMs;
    this.#owner.alarms.set(this);
  }

  override get deadline(): Deadline {
    const own = deadlineAt(this.dueAtMs, this.#owner.clock);
    return earlierDeadline(super.deadline, own) ?? own;
  }

  succeed(value: unknown): void {
    if (this.#isOver) return;
    this.#end();
    const { estimate, clock } = this.#owner;
    if (estimate !== undefined) {
      const nowMs = clock.monotonicMs();
      estimate.record(nowMs, nowMs - (this.dueAtMs - this.#limitMs));
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
    this.#owner.alarms.clear(this);
    this.close();
  }
}
