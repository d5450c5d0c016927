import { type Clock, createPause, type HeldLease, type LeaseKeeper, type Pause } from '@mainstay/kernel';

/** Wakes work of one kind in whatever instance does it. A hint that may get lost: a slow look stands behind it. */
export interface Wakes {
  /** Tells all instances that there is something to do. */
  ring(): void;
  /** Calls back when an instance rang, this one or another; the returned function ends that. */
  onRing(callback: () => void): () => void;
}

/** What a worker does while it holds its lease. */
export interface Work {
  /**
   * Does the next piece.
   *
   * @returns `more` when the next one follows at once, otherwise the milliseconds to rest unless it is woken.
   */
  step(): Promise<'more' | number>;
  /** Hears why a step failed; the next one follows after the poll. */
  failed(error: unknown): void;
  /** Called when the lease is given back. */
  ended?(): void;
}

/** How {@link startWorker} is set up. */
export interface WorkerOptions {
  /** Name of the lease whose holder works. */
  readonly lease: string;
  readonly leases: LeaseKeeper;
  readonly clock: Clock;
  /** Rest after a failure, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Reaches the instance that works from those that do not. */
  readonly wakes?: Wakes | undefined;
  /** Called for each time the lease is held; `wake` ends a rest. */
  begin(lease: HeldLease, wake: () => void): Work;
}

/** Work that goes on until it is disposed of, which ends it after the step in hand. */
export interface Worker extends AsyncDisposable {
  /** Has the next step done now, by whoever holds the lease. */
  wake(): void;
}

/** Does work step by step in one instance at a time, for as long as it is not disposed of. */
export function startWorker(options: WorkerOptions): Worker {
  const { leases, clock, pollIntervalMs, wakes } = options;
  const stop = new AbortController();
  let pause: Pause | undefined;

  const run = async (lease: HeldLease): Promise<void> => {
    const own = createPause(clock, lease.signal);
    pause = own;
    const work = options.begin(lease, () => own.cut());
    while (!lease.signal.aborted) {
      let next: 'more' | number;
      try {
        next = await work.step();
      } catch (error) {
        work.failed(error);
        next = pollIntervalMs;
      }
      if (next !== 'more') await own.wait(next);
    }
    work.ended?.();
    pause = undefined;
  };
  const ended = leases.run(options.lease, run, stop.signal);
  const forget = wakes?.onRing(() => pause?.cut());

  return {
    wake() {
      if (pause === undefined) wakes?.ring();
      else pause.cut();
    },
    async [Symbol.asyncDispose]() {
      forget?.();
      stop.abort();
      await ended;
    },
  };
}
