import type { Alarm, Alarms, Clock, PlatformError } from '@mainstay/kernel';
import type { HedgePace } from '@mainstay/resilience';
import type { AnswerSink, EngineAnswer } from '../engine/engine.ts';
import type { CallPlace } from './call-target.ts';

/** The call that a hedged try is made for. */
export interface HedgedCall {
  readonly isCanceled: boolean;
  /** Sends it to a place; what is still under way is canceled when the call is over. */
  send(place: CallPlace, sink: AnswerSink): void;
  /** Chooses a place for the second try; throws when there is no other. */
  elsewhere(first: CallPlace): CallPlace;
  /** Runs something in the context of whoever made the call. */
  inContext(run: () => void): void;
  succeed(answer: EngineAnswer): void;
  /** What the balancer is told of a failed try. */
  judged(error: unknown): PlatformError;
  /** No try is left that could succeed; the last one failed at this place. */
  failedAt(place: CallPlace, error: unknown): void;
}

/** When calls are late, and by which clock. */
export interface HedgedTiming {
  readonly pace: HedgePace;
  readonly clock: Clock;
  /** Of the same clock. */
  readonly alarms: Alarms;
}

/**
 * The first try of a call and, when its answer is late, a second one elsewhere; the first answer counts.
 *
 * A try that fails while the other runs is waited out. Nothing of the second try is made before the call is late: until then
 * it costs one object and one alarm among those of all calls.
 */
export class HedgedTry implements AnswerSink, Alarm {
  readonly dueAtMs: number;
  place = -1;
  readonly #call: HedgedCall;
  readonly #timing: HedgedTiming;
  readonly #first: CallPlace;
  readonly #startedAtMs: number;
  #second: SecondTry | undefined = undefined;
  #isRunning = true;

  constructor(call: HedgedCall, timing: HedgedTiming, first: { place: CallPlace; startedAtMs: number }) {
    this.#call = call;
    this.#timing = timing;
    this.#first = first.place;
    this.#startedAtMs = first.startedAtMs;
    this.dueAtMs = first.startedAtMs + timing.pace.delayMs();
  }

  begin(): void {
    const { pace, alarms } = this.#timing;
    pace.begun();
    alarms.set(this);
    this.#call.send(this.#first, this);
  }

  onDue(): void {
    if (this.#call.isCanceled || !this.#timing.pace.mayHedge()) return;
    this.#call.inContext(() => this.#startSecond());
  }

  onAnswer(answer: EngineAnswer): void {
    this.#first.end(undefined);
    if (this.#isRunning) this.#succeed(answer);
  }

  onFailure(error: unknown): void {
    this.#first.end(this.#call.judged(error));
    if (!this.#isRunning) return;
    this.#isRunning = false;
    if (this.#second?.isRunning === true) return;
    this.#timing.alarms.clear(this);
    this.#call.failedAt(this.#first, error);
  }

  judged(error: unknown): PlatformError {
    return this.#call.judged(error);
  }

  secondAnswered(answer: EngineAnswer): void {
    this.#timing.pace.wonByHedge();
    this.#succeed(answer);
  }

  secondFailed(place: CallPlace, error: unknown): void {
    if (!this.#isRunning) this.#call.failedAt(place, error);
  }

  /** Ends the call, and with it the try that is slower; that one counts with the time it had, or the pause would shrink with every hedge. */
  #succeed(answer: EngineAnswer): void {
    const { pace, clock, alarms } = this.#timing;
    alarms.clear(this);
    const nowMs = clock.monotonicMs();
    if (this.#isRunning) pace.record(nowMs, nowMs - this.#startedAtMs);
    if (this.#second?.isRunning === true) pace.record(nowMs, nowMs - this.#second.startedAtMs);
    this.#isRunning = false;
    this.#second?.leave();
    this.#call.succeed(answer);
  }

  #startSecond(): void {
    const { pace, clock } = this.#timing;
    const nowMs = clock.monotonicMs();
    let place: CallPlace;
    try {
      place = this.#call.elsewhere(this.#first);
    } catch {
      // The first try is still waited for, and tells more than the absence of another place.
      return;
    }
    pace.hedged(nowMs - this.#startedAtMs);
    this.#second = new SecondTry(this, place, nowMs);
    this.#call.send(place, this.#second);
  }
}

/** The try that was begun because the first one was late. */
class SecondTry implements AnswerSink {
  readonly startedAtMs: number;
  isRunning = true;
  readonly #try: HedgedTry;
  readonly #place: CallPlace;

  constructor(hedged: HedgedTry, place: CallPlace, startedAtMs: number) {
    this.#try = hedged;
    this.#place = place;
    this.startedAtMs = startedAtMs;
  }

  /** The call has its answer. */
  leave(): void {
    this.isRunning = false;
  }

  onAnswer(answer: EngineAnswer): void {
    this.#place.end(undefined);
    if (this.isRunning) this.#try.secondAnswered(answer);
  }

  onFailure(error: unknown): void {
    this.#place.end(this.#try.judged(error));
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#try.secondFailed(this.#place, error);
  }
}
