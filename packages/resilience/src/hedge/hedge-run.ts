import { type Alarm, type Alarms, type Clock, kernelReasons, PlatformError, remainingMs } from '@mainstay/kernel';
import { type CallScope, InnerScope } from '../policy/call-scope.ts';
import type { Stage } from '../policy/layer.ts';
import type { HedgePace } from './hedge-pace.ts';

/** What a hedged call needs of its hedge. */
export interface HedgeRunOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly pace: HedgePace;
  readonly maxParallel: number;
}

/** One call and the tries that race for its answer. */
export class HedgeRun implements Alarm {
  dueAtMs = 0;
  place = -1;
  readonly owner: HedgeRunOwner;
  readonly stage: Stage;
  readonly #call: CallScope;
  readonly #running = new Set<Try>();
  #made = 0;
  #startedMs = 0;

  constructor(owner: HedgeRunOwner, stage: Stage, call: CallScope) {
    this.owner = owner;
    this.stage = stage;
    this.#call = call;
  }

  begin(): void {
    const { owner } = this;
    owner.pace.begun();
    this.#call.root.keepContext();
    this.#startedMs = this.#call.root.turnMs(owner.clock);
    this.#hedgeFrom(this.#startedMs);
    this.#startTry();
  }

  onDue(): void {
    const { owner } = this;
    const hasTime = remainingMs(this.#call.deadline, owner.clock) > 0 && !this.#call.isCanceled;
    if (!hasTime || !owner.pace.mayHedge()) return;
    const nowMs = owner.clock.monotonicMs();
    if (this.#made + 1 < owner.maxParallel) this.#hedgeFrom(nowMs);
    this.#call.root.resume(() => {
      owner.pace.hedged(nowMs - this.#startedMs);
      this.#startTry();
    });
  }

  succeeded(winner: Try, value: unknown): void {
    if (!this.#running.delete(winner)) return;
    this.#record(winner);
    if (winner.number > 1) this.owner.pace.wonByHedge();
    this.owner.alarms.clear(this);
    const losers = [...this.#running];
    this.#running.clear();
    for (const loser of losers) {
      this.#record(loser);
      loser.cancel(slower());
    }
    this.stage.outer.succeed(this.#call, value);
  }

  failed(loser: Try, error: unknown): void {
    if (!this.#running.delete(loser) || this.#running.size > 0) return;
    this.owner.alarms.clear(this);
    this.stage.outer.fail(this.#call, error);
  }

  /** Lets another try start when the answer is late. */
  #hedgeFrom(nowMs: number): void {
    this.dueAtMs = nowMs + this.owner.pace.delayMs();
    this.owner.alarms.set(this);
  }

  #startTry(): void {
    this.#made += 1;
    const one = new Try(this, this.#call, this.#made);
    this.#running.add(one);
    this.stage.inner.start(one);
  }

  // A try that was cancelled counts with the time it had; without it the pause would shrink with every hedge.
  #record(one: Try): void {
    const nowMs = this.owner.clock.monotonicMs();
    this.owner.pace.record(nowMs, nowMs - one.startedMs);
  }
}

/** One of the tries of a call. */
export class Try extends InnerScope {
  readonly number: number;
  readonly startedMs: number;
  readonly #run: HedgeRun;

  constructor(run: HedgeRun, call: CallScope, number: number) {
    super(call);
    this.#run = run;
    this.number = number;
    this.startedMs = call.root.turnMs(run.owner.clock);
  }

  get stage(): Stage {
    return this.#run.stage;
  }

  succeed(value: unknown): void {
    this.close();
    this.#run.succeeded(this, value);
  }

  fail(error: unknown): void {
    this.close();
    this.#run.failed(this, error);
  }
}

function slower(): PlatformError {
  return new PlatformError(kernelReasons.CANCELED, 'another try of the same call answered first');
}
