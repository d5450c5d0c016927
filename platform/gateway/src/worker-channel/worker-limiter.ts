import type { Clock } from '@mainstay/kernel';
import { type Claim, createLocalLimiter, type Decision, type RateLimiter } from '@mainstay/rate-limit';
import type { PrimaryChannel } from './channel-to-primary.ts';
import type { LimitAnswer } from './limit-messages.ts';

/** Longest wait for an answer; the process that keeps the limits does nothing else. */
const timeoutMs = 1_000;

interface Waiting {
  readonly questions: (readonly Claim[])[];
  readonly settle: ((decision: Decision) => void)[];
}

/**
 * A limiter whose buckets are in the process that started this one, and shared by all of its workers.
 *
 * All requests of a turn of the event loop are one message. When no answer comes in a second this process decides by buckets
 * of its own, so that no request hangs.
 */
export function createWorkerLimiter(
  channel: PrimaryChannel,
  { clock, maxKeys }: { readonly clock: Clock; readonly maxKeys: number },
): RateLimiter {
  const own = createLocalLimiter({ clock, maxKeys });
  const asked = new Map<number, Waiting & { readonly cancel: () => void }>();
  let stats = own.stats();
  let lastId = 0;
  let next: Waiting | undefined;

  const settle = (id: number, decide: (claims: readonly Claim[], at: number) => Decision): void => {
    const batch = asked.get(id);
    if (batch === undefined) return;
    asked.delete(id);
    batch.cancel();
    batch.settle.forEach((tell, at) => tell(decide(batch.questions[at] as readonly Claim[], at)));
  };
  const ask = (): void => {
    const batch = next as Waiting;
    next = undefined;
    const id = ++lastId;
    const cancel = clock.after(timeoutMs, () => settle(id, (claims) => own.take(claims)));
    asked.set(id, { ...batch, cancel });
    channel.send({ type: 'gateway.limits.take', id, questions: batch.questions });
  };
  channel.onMessage((message) => {
    const answer = message as LimitAnswer;
    if (answer.type !== 'gateway.limits.decided') return;
    stats = answer.stats;
    settle(answer.id, (_, at) => answer.decisions[at] as Decision);
  });

  return {
    take(claims) {
      if (next === undefined) {
        next = { questions: [], settle: [] };
        setImmediate(ask);
      }
      const { questions, settle: waiting } = next;
      questions.push(claims);
      return new Promise((resolve) => waiting.push(resolve));
    },
    giveBack: (claims) => channel.send({ type: 'gateway.limits.giveBack', claims }),
    stats: () => stats,
  };
}
