import { type Clock, type HeldLease, isPlatformError, PlatformError, sleepOn } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { createLeaseKeeper, type DatabaseLeaseKeeper, type LeaseStore, leaseReasons } from '../src/index.ts';
import { LeaseModel } from './lease-model.ts';

const leaseName = 'relay';

/** Numbers from 0 to 1 that follow from the seed alone (xorshift32). */
function randomOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Time, the database's table, and what everybody did with it. */
export class World {
  readonly time = new FakeClock(0);
  readonly random: () => number;
  readonly model: LeaseModel;
  readonly working = new Map<Process, HeldLease>();
  readonly found: string[] = [];
  isCalm = false;
  stepCount = 0;
  acceptedCount = 0;
  refusedCount = 0;
  lastWrittenEpoch = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
    const { time } = this;
    this.model = new LeaseModel({
      get nowMs() {
        return time.monotonicMs();
      },
    });
  }

  /** True now and then, never while the world is calm. */
  now(probability: number): boolean {
    return !this.isCalm && this.random() < probability;
  }

  /** Notes two who believe at one moment that the lease is theirs, unless one of them is asleep and can do nothing. */
  checkAlone(beginner: Process): void {
    for (const [other, lease] of this.working) {
      if (other === beginner || other.isPaused || lease.signal.aborted) continue;
      this.found.push(`${beginner.owner} began while ${other.owner} worked under epoch ${lease.epoch}`);
    }
  }

  write(lease: HeldLease): boolean {
    const accepted = this.model.write(lease);
    if (!accepted) this.refusedCount += 1;
    else this.acceptedCount += 1;
    if (accepted && lease.epoch < this.lastWrittenEpoch)
      this.found.push(`a write of the old epoch ${lease.epoch} was accepted`);
    if (accepted) this.lastWrittenEpoch = lease.epoch;
    return accepted;
  }
}

/** A process with a keeper: its clock stands still and its answers wait while it is paused. */
export class Process {
  readonly owner: string;
  readonly keeper: DatabaseLeaseKeeper;
  isPaused = false;
  readonly #world: World;
  readonly #waiting: (() => void)[] = [];
  readonly #clock: Clock;

  constructor(world: World, owner: string, ttlMs: number) {
    this.owner = owner;
    this.#world = world;
    this.#clock = {
      nowMs: () => world.time.nowMs(),
      monotonicMs: () => world.time.monotonicMs(),
      sleep: (ms, signal) => sleepOn(this.#clock, ms, signal),
      after: (ms, callback) => this.#after(ms, callback),
    };
    this.keeper = createLeaseKeeper({
      database: { query: () => Promise.reject(lost()) },
      store: this.#faultyStore(),
      owner,
      ttlMs,
      clock: this.#clock,
      random: world.random,
    });
  }

  start(signal: AbortSignal): Promise<void> {
    return this.keeper.run(leaseName, (lease) => this.#work(lease), signal);
  }

  resume(): void {
    this.isPaused = false;
    for (const callback of this.#waiting.splice(0)) callback();
  }

  async #work(lease: HeldLease): Promise<void> {
    const world = this.#world;
    world.checkAlone(this);
    world.working.set(this, lease);
    // Some work is slow to notice that it has to stop, and some ends or fails by itself.
    const graceCount = world.now(0.3) ? Math.floor(world.random() * 5) : 0;
    try {
      for (let late = 0; !lease.signal.aborted || late < graceCount; ) {
        await this.#clock.sleep(1 + world.random() * 200);
        world.stepCount += 1;
        if (lease.signal.aborted) late += 1;
        world.write(lease);
        if (world.now(0.02)) break;
        if (world.now(0.02)) throw lost();
      }
    } finally {
      world.working.delete(this);
    }
  }

  #after(ms: number, callback: () => void): () => void {
    let isCancelled = false;
    const run = (): void => {
      if (isCancelled) return;
      if (this.isPaused) this.#waiting.push(run);
      else callback();
    };
    const cancel = this.#world.time.after(ms, run);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** The table behind a network that delays and loses questions and answers. */
  #faultyStore(): LeaseStore {
    const { model } = this.#world;
    return {
      acquire: (...values) => this.#call(() => model.acquire(...values)),
      renew: (...values) => this.#call(() => model.renew(...values)),
      release: (...values) => this.#call(() => model.release(...values)),
      handOver: (...values) => this.#call(() => model.handOver(...values)),
    };
  }

  async #call<T>(run: () => Promise<T>): Promise<T> {
    const world = this.#world;
    world.stepCount += 1;
    const delayMs = (): number => (world.now(0.05) ? world.random() * 3_000 : world.random() * 20);
    await world.time.sleep(delayMs());
    if (world.now(0.05)) throw lost();
    const answer = await run();
    await this.#clock.sleep(delayMs());
    if (world.now(0.05)) throw lost();
    return answer;
  }
}

function lost(): PlatformError {
  return new PlatformError(leaseReasons.LEASE_LOST, 'the network lost it');
}

/** Who holds the lease, by the word of the keepers. */
export function holdersOf(processes: readonly Process[]): readonly string[] {
  return processes.filter(({ keeper }) => keeper.held().length > 0).map(({ owner }) => owner);
}

/** Does something to one process: pauses or wakes it, or hands its lease to another. */
export function disturb(world: World, processes: readonly Process[]): void {
  const pick = (): Process => processes[Math.floor(world.random() * processes.length)]!;
  const one = pick();
  world.stepCount += 1;
  if (one.isPaused) one.resume();
  else if (world.random() < 0.3) one.isPaused = true;
  else void one.keeper.handOver(leaseName, pick().owner).catch((error: unknown) => noteUnexpected(world, error));
}

function noteUnexpected(world: World, error: unknown): void {
  if (!isPlatformError(error)) world.found.push(String(error));
}
