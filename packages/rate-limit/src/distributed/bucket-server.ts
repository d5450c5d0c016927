import { type Clock, uuidv7 } from '@mainstay/kernel';
import type { Claim } from '../claim.ts';
import { type Answer, ask, type Question } from './questions.ts';
import type { RedisPort } from './redis-port.ts';
import { beatScript, leaveScript } from './scripts.ts';

/** How the buckets of a server are used. */
export interface BucketServerOptions {
  readonly redis: RedisPort;
  /** First part of all keys in Redis; fleets that share a Redis need different ones. */
  readonly prefix: string;
  /** Longest wait for an answer in milliseconds; a longer one counts as lost. */
  readonly timeoutMs: number;
  /** Time between two looks whether a lost server is back, in milliseconds. */
  readonly retryMs: number;
  /** Replicas that are counted at least, also before the first has been heard of. */
  readonly minReplicas: number;
  readonly clock: Clock;
  /** Told when the server is lost and when it is back. */
  readonly onChange: (state: 'reachable' | 'lost') => void;
}

/** Time between two signs of life of a replica. */
const beatMs = 2_000;
/** Time between two looks before the first answer ever. */
const firstRetryMs = 20;
/** A start waits no longer than this for the first answer. */
const firstWaitMs = 2_000;
/** A replica that was silent for this long is none. */
const forgetMs = 10_000;

/**
 * The buckets that all replicas share, kept by Redis.
 *
 * What is asked in one turn of the event loop goes out together. An answer that does not come in time, or an error, opens a
 * circuit: from then on nobody waits, and one look after `retryMs` at a time finds out when the server is back.
 */
export class BucketServer implements AsyncDisposable {
  readonly #options: BucketServerOptions;
  readonly #id = uuidv7();
  readonly #replicasKey: string;
  #waiting: Question[] = [];
  #isReachable = false;
  #wasReached = false;
  readonly #reached = Promise.withResolvers<void>();
  #replicas: number;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(options: BucketServerOptions) {
    this.#options = options;
    this.#replicas = options.minReplicas;
    this.#replicasKey = `${options.prefix}replicas`;
    void this.#beat();
  }

  /** Whether it is worth to ask. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Replicas that share the buckets, as last heard. */
  get replicas(): number {
    return this.#replicas;
  }

  /** Resolves when the server has answered for the first time, or does not in time. */
  async opened(): Promise<void> {
    const cancel = this.#options.clock.after(firstWaitMs, this.#reached.resolve);
    await this.#reached.promise;
    cancel();
  }

  /** Resolves with undefined when nobody answers in time. */
  ask(claims: readonly Claim[], wishes: readonly number[]): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#send());
      this.#waiting.push({ claims, wishes, resolve });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    if (this.#isReachable) {
      await this.#inTime(this.#options.redis.run(leaveScript, [this.#replicasKey], [this.#id]));
    }
  }

  #send(): void {
    const questions = this.#waiting;
    this.#waiting = [];
    const { redis, prefix } = this.#options;
    const asked = this.#isReachable ? this.#inTime(ask(redis, prefix, questions)) : Promise.resolve(false);
    void asked.then((isAnswered) => {
      if (!isAnswered) for (const { resolve } of questions) resolve(undefined);
    });
  }

  /**
   * Whether something ended well in time; else the server counts as lost.
   *
   * A process that was held up itself sees its timers before the answers that came meanwhile. So the time is waited for in two
   * halves, of which one may be over at once, and answers that are there are read before the end.
   */
  #inTime(work: Promise<unknown>): Promise<boolean> {
    const { clock, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isOver = false;
      const end = (isDone: boolean): void => {
        if (isOver) return;
        isOver = true;
        cancel();
        if (!isDone) this.#note('lost');
        resolve(isDone);
      };
      const late = (): void => void setImmediate(() => end(false));
      let cancel = clock.after(timeoutMs / 2, () => {
        cancel = clock.after(timeoutMs / 2, late);
      });
      work.then(
        () => end(true),
        () => end(false),
      );
    });
  }

  async #beat(): Promise<void> {
    const { redis, minReplicas, clock, retryMs } = this.#options;
    let count = 0;
    const beat = redis.run(beatScript, [this.#replicasKey], [this.#id, String(forgetMs)]).then((reply) => {
      count = Number(reply);
    });
    if (await this.#inTime(beat)) {
      this.#replicas = Math.max(minReplicas, count);
      this.#note('reachable');
    }
    if (this.#isClosed) return;
    const lookMs = this.#wasReached ? retryMs : Math.min(retryMs, firstRetryMs);
    this.#cancelBeat = clock.after(this.#isReachable ? beatMs : lookMs, () => void this.#beat());
  }

  #note(state: 'reachable' | 'lost'): void {
    const isReachable = state === 'reachable';
    if (this.#isClosed || isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    if (isReachable) {
      this.#wasReached = true;
      this.#reached.resolve();
    }
    this.#options.onChange(state);
    if (isReachable) return;
    // The next sign of life would come too late to be the first look.
    this.#cancelBeat?.();
    this.#cancelBeat = this.#options.clock.after(this.#options.retryMs, () => void this.#beat());
  }
}
