import type { Cancellation, Clock, Meter } from '@mainstay/kernel';
import { countPolicyEvents, createStaleCache, type Degradation, type StaleCache } from '@mainstay/resilience';
import type { AnswerCachePolicy } from '@mainstay/rpc';
import type { ServiceAnswer } from '../protection/service-answer.ts';
import { SharedCalls } from './shared-calls.ts';
import { sizeOf } from './size-of.ts';

/** What is asked for. */
export interface AskedAnswer {
  readonly service: string;
  readonly key: string;
  readonly policy: AnswerCachePolicy;
  /** Comes when the caller goes away. */
  readonly cancellation: Cancellation;
  /** Told when an old answer stands in. */
  readonly onDegraded: (degradation: Degradation) => void;
}

/** An answer, from the service or kept. */
export interface GivenAnswer extends ServiceAnswer {
  /** Since the service gave it, in milliseconds; undefined when it was given just now. */
  readonly ageMs: number | undefined;
}

/** The answers that the gateway gives again. */
export interface KeptAnswers {
  /**
   * Gives an answer: a fresh one that is kept, else that of the service, else an old one that may stand in.
   *
   * @throws {@link PlatformError} what the call throws, when nothing may stand in.
   */
  give(asked: AskedAnswer, call: (cancellation: Cancellation) => Promise<ServiceAnswer>): Promise<GivenAnswer>;
  /** Something was changed: who asks from now on shares no call that began before. */
  changed(): void;
  /** How many answers are kept, what they take, and how many callers wait for calls that they share. */
  stats(): { readonly answers: number; readonly bytes: number; readonly waiting: number };
}

/** Most answers that are kept, however small. */
const maxAnswers = 100_000;
/** Oldest answer that is ever given; contracts ask for less. */
const maxAgeMs = 86_400_000;
/** A kept answer is renewed this often at most, so that the hottest ones are weighed ten times a second. */
const renewAfterMs = 100;

/**
 * Makes the store of answers.
 *
 * Kept are messages as the service gave them; each caller's masking, entity tag and compression are done anew. Not kept are
 * answers that the service itself called degraded, or gave a status of their own.
 *
 * @param maxBytes - what all answers may take; the one renewed longest ago goes first.
 */
export function createKeptAnswers(
  maxBytes: number,
  { clock, meter }: { readonly clock: Clock; readonly meter: Meter },
): KeptAnswers {
  const given = meter.counter({
    name: 'mainstay.gateway.kept_answers',
    description: 'Requests answered without a call of their own, by how: fresh, shared or stale',
    unit: '{request}',
    labelNames: ['service', 'how'],
  });
  const cache: StaleCache = createStaleCache({
    name: 'gateway',
    maxAgeMs,
    maxEntries: maxAnswers,
    maxWeight: maxBytes,
    weigh: weightOf,
    renewAfterMs,
    onEvent: countPolicyEvents(meter),
    clock,
  });
  const shared = new SharedCalls<ServiceAnswer>();

  return {
    async give({ service, key, policy, cancellation, onDegraded }, call) {
      const { freshMs, staleMs, isCoalesced } = policy;
      const recent = freshMs === 0 ? undefined : cache.recent(key, freshMs);
      if (recent !== undefined) {
        given.add(1, { service, how: 'fresh' });
        return { ...(recent.value as ServiceAnswer), ageMs: recent.ageMs };
      }
      let ageMs: number | undefined;
      let isOwn = false;
      const ask = (until: Cancellation): Promise<ServiceAnswer> => {
        isOwn = true;
        return call(until);
      };
      const answer = await cache.execute(
        () => (isCoalesced ? shared.join(key, cancellation, ask) : ask(cancellation)),
        {
          cancellation,
          cacheKey: key,
          maxStaleMs: staleMs,
          onDegraded(degradation) {
            ageMs = degradation.ageMs;
            onDegraded(degradation);
          },
        },
      );
      if (ageMs !== undefined) given.add(1, { service, how: 'stale' });
      else if (!isOwn) given.add(1, { service, how: 'shared' });
      return { ...answer, ageMs };
    },
    changed: () => shared.beginAnew(),
    stats: () => ({ answers: cache.size, bytes: cache.weight, waiting: shared.waiting }),
  };
}

/** Infinite for what must not be kept. */
function weightOf(value: unknown): number {
  const { message, httpStatus, degraded } = value as ServiceAnswer;
  return httpStatus === undefined && degraded === undefined ? sizeOf(message) : Number.POSITIVE_INFINITY;
}
