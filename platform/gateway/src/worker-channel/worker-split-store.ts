import { splitChanged } from '../splits/postgres-split-store.ts';
import type { SplitStore } from '../splits/split-store.ts';
import type { PrimaryChannel } from './channel-to-primary.ts';
import type { SplitAnswer, SplitQuestion } from './split-messages.ts';

/** Splits that the process which started this one keeps for all of its workers, as long as it runs. */
export function createWorkerSplitStore(channel: PrimaryChannel): SplitStore {
  const waiting = new Map<number, (outcome: SplitAnswer['outcome']) => void>();
  let lastId = 0;
  channel.onMessage((message) => {
    const answer = message as SplitAnswer;
    if (answer.type !== 'gateway.splits.answer') return;
    waiting.get(answer.id)?.(answer.outcome);
    waiting.delete(answer.id);
  });
  const ask = (question: SplitQuestion['ask']): Promise<SplitAnswer['outcome']> =>
    new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      channel.send({ type: 'gateway.splits.ask', id, ask: question });
    });
  const change = async (service: string, question: SplitQuestion['ask']): Promise<number> => {
    const outcome = await ask(question);
    if (outcome.what !== 'changed') throw splitChanged(service);
    return outcome.revision;
  };
  return {
    isKept: false,
    isShared: true,
    set: (service, split, from) => change(service, { what: 'set', service, split, from }),
    remove: (service, from) => change(service, { what: 'remove', service, from }),
    async changesSince(since) {
      const outcome = await ask({ what: 'changes', since });
      if (outcome.what !== 'changes') return [];
      return outcome.records.map(({ split, changedAt, ...record }) => ({
        ...record,
        split: split ?? undefined,
        changedAt: new Date(changedAt),
      }));
    },
  };
}
