import { type Clock, PlatformError, systemClock } from '@mainstay/kernel';
import { positive } from '../check-number.ts';
import { resilienceReasons } from '../errors.ts';
import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { Policy, Priority } from '../policy/policy-types.ts';
import { type LoadSource, watchProcessLoad } from './load-source.ts';
import { type LoadLimits, loadLevel, refusedShare } from './refused-share.ts';

/** Options of {@link createLoadShedder}. */
export interface LoadShedderOptions {
  /** What is protected, for messages. */
  readonly name: string;
  /** Delay of the event loop that counts as full load, in milliseconds, default 250. */
  readonly fullLagMs?: number;
  /**
   * Processor time that does, as a share of one core, default 1.2: a core that is fully used refuses background work
   * alone, because it says only that nothing is left, not that anybody waits.
   */
  readonly fullCpuRatio?: number;
  /** How often the load is looked at, in milliseconds, default 250. */
  readonly sampleMs?: number;
  /** Default this process; a source given here is not disposed. */
  readonly source?: LoadSource;
  /** Events: `refused`. */
  readonly onEvent?: PolicyListener;
  readonly clock?: Clock;
  /** From 0 to below 1, default `Math.random`. */
  readonly random?: () => number;
}

/** Figures of a load shedder at one moment. */
export interface LoadSnapshot {
  readonly name: string;
  /** 1 is full load. */
  readonly level: number;
  readonly lagMs: number;
  readonly cpuRatio: number;
  readonly refused: number;
}

/** Refuses what matters less when the process is too busy. */
export interface LoadShedder extends Policy, Disposable {
  /** Throws when a call of this priority is not to be served now. */
  admit(priority?: Priority): void;
  snapshot(): LoadSnapshot;
}

/** Share of a new sample in the load. */
const smoothing = 0.5;

/**
 * Makes a load shedder: as the event loop or the processor gets busy it refuses `background` calls, then `low`, then
 * `normal` ones, each on a ramp; `critical` calls are always served.
 *
 * The load is looked at when a call comes, at most every `sampleMs`. A delay of the event loop counts when two looks in a row found it:
 * one long task, such as a collection of garbage, refuses nobody, however long it was.
 *
 * Cost: a comparison a call; the source keeps a timer inside Node.
 *
 * @throws {@link PlatformError} from `execute` and `admit`: `resource_exhausted` / `LOAD_SHED`, executed: no.
 * @example
 * using shedder = createLoadShedder({ name: 'orders' });
 * const page = await shedder.execute(() => listProducts(), { priority: 'low' });
 */
export function createLoadShedder(options: LoadShedderOptions): LoadShedder {
  return new ShedderLayer(options);
}

class ShedderLayer extends LayerPolicy implements LoadShedder {
  readonly #options: LoadShedderOptions;
  readonly #limits: LoadLimits;
  readonly #sampleMs: number;
  readonly #clock: Clock;
  readonly #source: LoadSource;
  readonly #random: () => number;
  #sampledMs: number;
  #level = 0;
  #lagMs = 0;
  #cpuRatio = 0;
  #refused = 0;

  constructor(options: LoadShedderOptions) {
    super();
    const at = `load shedder ${options.name}`;
    const fullCpuRatio = positive(`${at} fullCpuRatio`, options.fullCpuRatio ?? 1.2);
    this.#options = options;
    this.#limits = { fullLagMs: positive(`${at} fullLagMs`, options.fullLagMs ?? 250), fullCpuRatio };
    this.#sampleMs = positive(`${at} sampleMs`, options.sampleMs ?? 250);
    this.#clock = options.clock ?? systemClock;
    this.#source = options.source ?? watchProcessLoad();
    this.#random = options.random ?? Math.random;
    this.#sampledMs = this.#clock.monotonicMs();
  }

  admit(priority: Priority = 'normal'): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#sampledMs >= this.#sampleMs) this.#sample(nowMs);
    const share = refusedShare(this.#level, priority);
    if (share > 0 && (share >= 1 || this.#random() < share)) throw this.#refusal(priority);
  }

  stages(): readonly Stage[] {
    return [new ShedderStage(this)];
  }

  snapshot(): LoadSnapshot {
    const { name } = this.#options;
    return { name, level: this.#level, lagMs: this.#lagMs, cpuRatio: this.#cpuRatio, refused: this.#refused };
  }

  [Symbol.dispose](): void {
    if (this.#options.source === undefined) this.#source[Symbol.dispose]();
  }

  #sample(nowMs: number): void {
    this.#sampledMs = nowMs;
    const { lagMs, cpuRatio } = this.#source.read();
    const lasting = { lagMs: Math.min(lagMs, this.#lagMs), cpuRatio };
    this.#lagMs = lagMs;
    this.#cpuRatio = cpuRatio;
    this.#level += (loadLevel(lasting, this.#limits) - this.#level) * smoothing;
  }

  #refusal(priority: Priority): PlatformError {
    this.#refused += 1;
    const { name, onEvent } = this.#options;
    const percent = Math.round(this.#level * 100);
    tell(onEvent, { policy: 'load_shedder', name, event: 'refused', facts: { priority, percent } });
    const message = `${name} is at ${percent} % load, too busy for a call of priority ${priority}`;
    return new PlatformError(resilienceReasons.LOAD_SHED, message);
  }
}

class ShedderStage extends Stage {
  readonly #shedder: LoadShedder;

  constructor(shedder: LoadShedder) {
    super();
    this.#shedder = shedder;
  }

  override start(call: CallScope): void {
    try {
      this.#shedder.admit(call.root.facts.priority);
    } catch (refusal) {
      this.outer.fail(call, refusal);
      return;
    }
    this.inner.start(call);
  }
}
