import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type StuckItemSchema, StuckWorkService } from '@mainstay/contracts/mainstay/operations/v1/stuck_work';
import { type Clock, PlatformError } from '@mainstay/kernel';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import type { StuckItem } from '../definition/stuck-source.ts';
import { serviceReasons } from '../errors.ts';
import { actorOfCall, type FindOperated } from './find-operated.ts';

const defaultMinAgeMs = 60_000;
const defaultLimit = 50;

/** Binds the one list of everything that does not get on. */
export function bindStuckWork(find: FindOperated, clock: Clock): ServiceBinding {
  return bindService(StuckWorkService, {
    async listStuckWork(request) {
      const limit = request.limit || defaultLimit;
      const query = {
        minAgeMs: Number(request.minAgeMs) || defaultMinAgeMs,
        subject: request.subject || undefined,
        // One more tells whether there is more.
        limit: limit + 1,
      };
      const { kinds } = request;
      const sources = find(request).stuck.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
      const found = await Promise.all(
        sources.map(async (source) => ({ kind: source.kind, items: await source.list(query) })),
      );
      const nowMs = clock.nowMs();
      return {
        items: found
          .flatMap(({ kind, items }) => items.slice(0, limit).map((item) => ({ kind, item })))
          .sort((a, b) => worstFirst(a.item, b.item))
          .map(({ kind, item }) => itemMessage(kind, item, nowMs)),
        truncatedKinds: found.filter(({ items }) => items.length > limit).map(({ kind }) => kind),
      };
    },
    async resolveStuckWork(request) {
      const { kind, id, reason } = request;
      const source = find(request).stuck.find((one) => one.kind === kind);
      if ((await source?.resolve?.(id, { actor: actorOfCall(), reason })) === true) return {};
      const message = `${request.service} has no ${kind} ${id} that is closed this way`;
      throw new PlatformError(serviceReasons.STUCK_WORK_UNKNOWN, message);
    },
    async listOperatorActions(request) {
      const limit = request.limit || defaultLimit;
      const found = await Promise.all(
        find(request).stuck.map(async (source) =>
          ((await source.acts?.(limit)) ?? []).map((act) => ({ kind: source.kind, ...act })),
        ),
      );
      const newest = found.flat().sort((a, b) => b.at.getTime() - a.at.getTime());
      return { actions: newest.slice(0, limit).map((act) => ({ ...act, at: timestampFromDate(act.at) })) };
    },
  });
}

function worstFirst(a: StuckItem, b: StuckItem): number {
  return Number(b.needsPerson) - Number(a.needsPerson) || a.since.getTime() - b.since.getTime();
}

function itemMessage(kind: string, item: StuckItem, nowMs: number): MessageInitShape<typeof StuckItemSchema> {
  return {
    ...item,
    kind,
    since: timestampFromDate(item.since),
    ageMs: BigInt(Math.max(0, nowMs - item.since.getTime())),
    owner: item.owner ?? '',
    actions: [...item.actions],
    command: item.command ?? '',
  };
}
