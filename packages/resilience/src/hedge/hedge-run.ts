import { type Alarm, type Alarms, type Clock, kernelReasons, PlatformError, remainingMs } from '@mainstay/kernel';
import type { LatencyEstimate } from '../latency/latency-estimate.ts';
import { type CallScope, InnerScope } from '../policy/call-scope.ts';
import type { Done, Stage } from '../policy/layer.ts';
import type { RetryBudget } from '../retry/retry-budget.ts';

/** What a hedged call needs of its hedge. */
export interface HedgeRunOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly estimate: LatencyEstimate;
  readonly maxParallel: number;
  readonly budget: RetryBudget;
  delayMs(): number;
  hedged(afterMs: number): void;
  wonByHedge(): void;
}

/** One call and the tries that race for its answer. */
export class HedgeRun implements Alarm {
  dueAtMs = 0;
  place = -1;
  readonly owner: HedgeRunOwner;
  readonly #inner: Stage;
  readonly #call: CallScope;
  readonly #done: Done;
  readonly #running = new Set<Try>();
  #made = 0;
  #startedMs = 0;

  constructor({ owner, inner }: { readonly owner: HedgeRunOwner; readonly inner: Stage }, call: CallScope, done: Done) {
    this.owner = owner;
    this.#inner = inner;
    this.#call = call;
    this.#done = done;
  }

  begin(): void {
    const { owner } = this;
    owner.budget.deposit();
    this.#startedMs = this.#call.root.turnMs(owner.clock);
    this.#hedgeFrom(this.#startedMs);
    this.#startTry();
  }

  onDue(): void {
    const { owner } = this;
    const hasTime = remainingMs(this.#call.deadline, owner.clock) > 0 && !this.#call.isCanceled;
    if (!hasTime || !owner.budget.withdraw()) return;
    const nowMs = owner.clock.monotonicMs();
    if (this.#made + 1 < owner.maxParallel) this.#hedgeFrom(nowMs);
    this.#call.root.resume(() => {
      owner.hedged(nowMs - this.#startedMs);
      this.#startTry();
    });
  }

  succeeded(winner: Try, value: unknown): void {
    if (!this.#running.delete(winner)) return;
    this.#record(winner);
    if (winner.number > 1) this.owner.wonByHedge();
    this.owner.alarms.clear(this);
    const losers = [...this.#running];
    this.#running.clear();
    for (const loser of losers) {
      this.#record(loser);
      loser.cancel(slower());
    }
    this.#done.succeed(value);
  }

  failed(loser: Try, error: unknown): void {
    if (!this.#running.delete(loser) || this.#running.size > 0) return;
    this.owner.alarms.clear(this);
    this.#done.fail(error);
  }

  /** Lets another try start when the answer is late. */
  #hedgeFrom(nowMs: number): void {
    this.dueAtMs = nowMs + this.owner.delayMs();
    this.owner.alarms.set(this);
  }

  #startTry(): void {
    this.#made += 1;
    const one = new Try(this, this.#call, this.#made);
    this.#running.add(one);
    this.#inner.start(one, one);
  }

  // A try that was cancelled counts with the time it had; without it the pause would shrink with every hedge.
  #record(one: Try): void {
    const nowMs = this.owner.clock.monotonicMs();
    this.owner.estimate.record(nowMs, nowMs - one.startedMs);
  }
}

class Try extends InnerScope implements Done {
  readonly number: number;
  readonly startedMs: number;
  readonly #run: HedgeRun;

  constructor(run: HedgeRun, call: CallScope, number: number) {
    super(call);
    this.#run = run;
    this.number = number;
    this.startedMs = call.root.turnMs(run.owner.clock);
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
