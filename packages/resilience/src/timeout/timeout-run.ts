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
import type { Stage } from '../policy/layer.ts';

/** What a call under a time-out needs of it. */
export interface TimeoutRunOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly estimate: LatencyEstimate | undefined;
  /** Counts a call that reached its limit, and gives its error. */
  exceeded(limitMs: number, executed: 'no' | 'maybe'): PlatformError;
}

/** One call under a time-out: its scope, its end, and the alarm that cuts it off. */
export class TimeoutRun extends InnerScope implements Alarm {
  declare dueAtMs: number;
  declare place: number;
  declare private readonly owner: TimeoutRunOwner;
  declare private readonly told: Stage;
  declare private limitMs: number;
  declare private isOver: boolean;

  /** @param told - the stage that hears of it when the limit is reached. */
  constructor(owner: TimeoutRunOwner, told: Stage, call: CallScope) {
    super(call);
    this.dueAtMs = 0;
    this.place = -1;
    this.owner = owner;
    this.told = told;
    this.limitMs = 0;
    this.isOver = false;
  }

  begin(nowMs: number, limitMs: number): void {
    this.limitMs = limitMs;
    this.dueAtMs = nowMs + limitMs;
    this.owner.alarms.set(this);
  }

  override get deadline(): Deadline {
    const own = deadlineAt(this.dueAtMs, this.owner.clock);
    return earlierDeadline(super.deadline, own) ?? own;
  }

  /** @returns whether this was the end; false when the limit was reached before. */
  end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.owner.alarms.clear(this);
    this.close();
    return true;
  }

  recordDuration(): void {
    const { estimate, clock } = this.owner;
    if (estimate === undefined) return;
    const nowMs = clock.monotonicMs();
    estimate.record(nowMs, nowMs - (this.dueAtMs - this.limitMs));
  }

  onDue(): void {
    this.isOver = true;
    const { estimate, clock } = this.owner;
    // Calls that were cut off count with the time they had; without them the limit would only ever shrink.
    estimate?.record(clock.monotonicMs(), this.limitMs);
    this.root.resume(() => {
      const error = this.owner.exceeded(this.limitMs, this.hasBegun ? 'maybe' : 'no');
      this.cancel(error);
      this.told.fail(this.parent, error);
    });
  }
}
