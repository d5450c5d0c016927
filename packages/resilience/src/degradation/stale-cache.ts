import { type Clock, systemClock } from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { Policy } from '../policy/policy-types.ts';
import { isUnserved } from './is-unserved.ts';
import { tellDegraded } from './tell-degraded.ts';

/** Options of {@link createStaleCache}. */
export interface StaleCacheOptions {
  /** What is remembered, for events and for the caller. */
  readonly name: string;
  /** Oldest answer that may stand in, in milliseconds; needed, because only the owner of the data knows. */
  readonly maxAgeMs: number;
  /** Answers kept at most, default 1,000; the one renewed longest ago goes first. */
  readonly maxEntries?: number;
  /** What an answer weighs, for example its bytes, default 1; one that is heavier than `maxWeight` is not kept. */
  readonly weigh?: (value: unknown) => number;
  /** What all kept answers weigh together at most, default without limit. */
  readonly maxWeight?: number;
  /** Age below which a kept answer is not replaced by a newer one, in milliseconds, default 0; saves weighing hot ones at each call. */
  readonly renewAfterMs?: number;
  /** Chooses the errors it stands in for, default {@link isUnserved}. */
  readonly when?: (error: unknown) => boolean;
  /** Events: `answered`. */
  readonly onEvent?: PolicyListener;
  readonly clock?: Clock;
}

/** The last good answers, for when there is none. */
export interface StaleCache extends Policy {
  /** Answers kept now. */
  readonly size: number;
  /** What they weigh together. */
  readonly weight: number;
  /** The answer of a key, when it is younger than `belowMs`. */
  recent(cacheKey: string, belowMs: number): { readonly value: unknown; readonly ageMs: number } | undefined;
  /** Forgets one answer, or all. */
  forget(cacheKey?: string): void;
}

/**
 * Makes a cache of last answers: every call goes out, and where it fails for want of an answer the last good one of the same
 * `cacheKey` is given, with its age told to the caller.
 *
 * Answers are handed out as they came, to everybody with the same key: put into the key what they depend on, also the
 * tenant or the user, and do not change them. Calls without a key pass through.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5861 - section 4, `stale-if-error`, here for any function
 * @example
 * const stock = policy(createStaleCache({ name: 'stock', maxAgeMs: 300_000 }), createCircuitBreaker({ name: 'products' }));
 * const left = await stock.execute(() => readStock(sku), { cacheKey: sku });
 */
export function createStaleCache(options: StaleCacheOptions): StaleCache {
  return new StaleCacheLayer(options);
}

const endless = Number.POSITIVE_INFINITY;

interface Entry {
  readonly value: unknown;
  readonly atMs: number;
  readonly weight: number;
}

class StaleCacheLayer extends LayerPolicy implements StaleCache {
  readonly #options: StaleCacheOptions;
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #maxAgeMs: number;
  readonly #maxWeight: number;
  readonly #renewAfterMs: number;
  readonly #entries = new Map<string, Entry>();
  #weight = 0;

  constructor(options: StaleCacheOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#maxAgeMs = positive(`stale cache ${options.name} maxAgeMs`, options.maxAgeMs);
    this.#maxEntries = wholeNumber(`stale cache ${options.name} maxEntries`, options.maxEntries ?? 1_000, 1);
    const { name, maxWeight, renewAfterMs } = options;
    this.#maxWeight = maxWeight === undefined ? endless : positive(`stale cache ${name} maxWeight`, maxWeight);
    this.#renewAfterMs = renewAfterMs ?? 0;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  recent(cacheKey: string, belowMs: number): { readonly value: unknown; readonly ageMs: number } | undefined {
    const entry = this.#entries.get(cacheKey);
    if (entry === undefined) return undefined;
    const ageMs = this.#ageOf(entry);
    return ageMs < belowMs ? { value: entry.value, ageMs } : undefined;
  }

  forget(cacheKey?: string): void {
    if (cacheKey !== undefined) {
      this.#drop(cacheKey);
      return;
    }
    this.#entries.clear();
    this.#weight = 0;
  }

  stages(): readonly Stage[] {
    return [new StaleCacheStage(this)];
  }

  /** Remembers a good answer. */
  keep(cacheKey: string, value: unknown): void {
    const atMs = this.#clock.monotonicMs();
    const known = this.#entries.get(cacheKey);
    if (known !== undefined && atMs - known.atMs < this.#renewAfterMs) return;
    this.#drop(cacheKey);
    const weight = this.#options.weigh?.(value) ?? 1;
    if (!(weight <= this.#maxWeight)) return;
    this.#entries.set(cacheKey, { value, atMs, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#weight <= this.#maxWeight) return;
      this.#drop(oldest);
    }
  }

  #drop(cacheKey: string): void {
    const entry = this.#entries.get(cacheKey);
    if (entry === undefined) return;
    this.#entries.delete(cacheKey);
    this.#weight -= entry.weight;
  }

  /** The answer to give instead of this error, if there is one. */
  standIn(cacheKey: string, call: CallScope, error: unknown): Entry | undefined {
    const entry = this.#entries.get(cacheKey);
    if (entry === undefined || call.isCanceled || !this.#applies(error)) return undefined;
    const ageMs = this.#ageOf(entry);
    if (ageMs > this.#maxAgeMs) {
      this.#drop(cacheKey);
      return undefined;
    }
    if (ageMs > (call.root.facts.maxStaleMs ?? endless)) return undefined;
    const { name, onEvent } = this.#options;
    tell(onEvent, { policy: 'stale_cache', name, event: 'answered', facts: { ageMs } });
    tellDegraded(call, { policy: 'stale_cache', name, ageMs });
    return entry;
  }

  /** Whole milliseconds: an age is subtracted from times that have no fraction. */
  #ageOf({ atMs }: Entry): number {
    return Math.round(this.#clock.monotonicMs() - atMs);
  }

  #applies(error: unknown): boolean {
    const { when = isUnserved } = this.#options;
    try {
      return when(error);
    } catch {
      // The caller must see its own error, not that of whoever was to judge it.
      return false;
    }
  }
}

class StaleCacheStage extends Stage {
  readonly #cache: StaleCacheLayer;

  constructor(cache: StaleCacheLayer) {
    super();
    this.#cache = cache;
  }

  override succeed(call: CallScope, value: unknown): void {
    const { cacheKey } = call.root.facts;
    if (cacheKey !== undefined) this.#cache.keep(cacheKey, value);
    this.outer.succeed(call, value);
  }

  override fail(call: CallScope, error: unknown): void {
    const { cacheKey } = call.root.facts;
    const entry = cacheKey === undefined ? undefined : this.#cache.standIn(cacheKey, call, error);
    if (entry === undefined) this.outer.fail(call, error);
    else this.outer.succeed(call, entry.value);
  }
}
