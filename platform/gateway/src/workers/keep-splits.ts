import type { Clock } from '@mainstay/kernel';
import { createMemorySplitStore } from '../splits/memory-split-store.ts';
import type { SplitAnswer, SplitQuestion } from '../worker-channel/split-messages.ts';

/** Answers what workers ask about splits; undefined for a message that is about something else. */
export type SplitKeeper = (message: unknown) => Promise<SplitAnswer> | undefined;

/** Keeps the splits of all workers of a gateway without a database. */
export function keepSplits(clock: Clock): SplitKeeper {
  const store = createMemorySplitStore(clock);
  const decide = async ({ ask }: SplitQuestion): Promise<SplitAnswer['outcome']> => {
    if (ask.what === 'changes') {
      const records = await store.changesSince(ask.since);
      const sent = records.map(({ service, split, revision, changedAt }) => ({
        service,
        split: split ?? null,
        revision,
        changedAt: changedAt.toISOString(),
      }));
      return { what: 'changes', records: sent };
    }
    try {
      const { service, from } = ask;
      const revision = await (ask.what === 'set' ? store.set(service, ask.split, from) : store.remove(service, from));
      return { what: 'changed', revision };
    } catch {
      // The store refuses for one reason alone: another revision.
      return { what: 'refused' };
    }
  };
  return (message) => {
    const asked = message as SplitQuestion;
    if (asked.type !== 'gateway.splits.ask') return undefined;
    return decide(asked).then((outcome) => ({ type: 'gateway.splits.answer', id: asked.id, outcome }));
  };
}
