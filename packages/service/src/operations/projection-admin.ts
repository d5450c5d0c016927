import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { ProjectionAdminService, ProjectionKind } from '@mainstay/contracts/mainstay/operations/v1/projections';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import type { OperatedProjections } from '../definition/operated-service.ts';
import { actorOfCall, type FindOperated, unknown } from './find-operated.ts';

/** Binds what operators see of the tables that follow from events, and how they have them made anew. */
export function bindProjectionAdmin(find: FindOperated): ServiceBinding {
  const projectionsOf = (request: { readonly service: string }): OperatedProjections =>
    find(request).projections ?? unknown(`the record of ${request.service} is no events`);
  return bindService(ProjectionAdminService, {
    async listProjections(request) {
      const found = await projectionsOf(request).list();
      return {
        projections: found.map(({ kind, behindSince, rebuiltAt, rebuiltBy, tables, ...one }) => ({
          ...one,
          tables: [...tables],
          kind: kind === 'inline' ? ProjectionKind.INLINE : ProjectionKind.FOLLOWING,
          rebuiltBy: rebuiltBy ?? '',
          ...(behindSince !== null && { behindSince: timestampFromDate(behindSince) }),
          ...(rebuiltAt !== null && { rebuiltAt: timestampFromDate(rebuiltAt) }),
        })),
      };
    },
    async *rebuildProjection(request, { signal }) {
      const { projection, reason } = request;
      const projections = projectionsOf(request);
      yield* progressOf((onProgress) =>
        projections.rebuild(projection, { actor: actorOfCall(), why: reason, signal, onProgress }),
      );
    },
  });
}

/** Tells how far a rebuild is as often as somebody takes an answer, and last that it is done. */
async function* progressOf(
  start: (onProgress: (events: number) => void) => Promise<{ readonly events: number }>,
): AsyncGenerator<{ readonly events: bigint; readonly done: boolean }> {
  let told = 0;
  let next = Promise.withResolvers<number>();
  const rebuilt = start((events) => next.resolve(events));
  for (;;) {
    const first = await Promise.race([next.promise, rebuilt]);
    if (typeof first !== 'number') break;
    next = Promise.withResolvers();
    if (first > told) yield { events: BigInt(first), done: false };
    told = first;
  }
  yield { events: BigInt((await rebuilt).events), done: true };
}
