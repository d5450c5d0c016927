import { createLocalLimiter } from '@mainstay/rate-limit';
import type { LimitAnswer, LimitQuestion } from '../worker-channel/limit-messages.ts';

/** Answers what workers ask about limits; undefined for a message that is about something else, or needs no answer. */
export type LimitKeeper = (message: unknown) => LimitAnswer | undefined;

/** Keeps the buckets that all workers of a gateway draw from, so that limits are exact over all of them. */
export function keepLimits(maxKeys: number): LimitKeeper {
  const limiter = createLocalLimiter({ maxKeys });
  return (message) => {
    const asked = message as LimitQuestion;
    if (asked.type === 'gateway.limits.giveBack') limiter.giveBack(asked.claims);
    if (asked.type !== 'gateway.limits.take') return undefined;
    const decisions = asked.questions.map((claims) => limiter.take(claims));
    return { type: 'gateway.limits.decided', id: asked.id, decisions, stats: limiter.stats() };
  };
}
