import { toJson } from '@bufbuild/protobuf';
import {
  type Projection,
  ProjectionAdminService,
  ProjectionKind,
  ProjectionSchema,
} from '@mainstay/contracts/mainstay/operations/v1/projections';
import { askAll, findAt } from '../operator/ask-all.ts';
import { openOperator } from '../operator/operator.ts';
import type { ActOptions, SeveralOptions } from '../operator/operator-options.ts';
import { orDash, printRows, showAge, showTime } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';
import { listenToStop } from '../stop-signals.ts';

const { listProjections, rebuildProjection } = ProjectionAdminService.method;
const asProto = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

/** Lists the projections of one service or of all, and how far each is behind. */
export async function projectionsList(options: SeveralOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const answers = await askAll(await operator.services('projections'), (service) =>
    operator.call(listProjections, { service }),
  );
  const all = answers.flatMap(({ service, answer }) => answer.projections.map((one) => ({ service, one })));
  if (options.json === true) {
    const shown = all.map(({ service, one }) => ({
      service,
      ...(toJson(ProjectionSchema, one, asProto) as object),
    }));
    terminal.line(JSON.stringify(shown, null, 2));
    return 0;
  }
  const head = ['SERVICE', 'PROJECTION', 'WRITTEN', 'BEHIND', 'SINCE', 'REBUILT', 'BY', 'TABLES'];
  printRows(
    terminal,
    all.map(({ service, one }) => rowOf(service, one)),
    { head, none: 'there is no projection' },
  );
  return 0;
}

/** Has a projection made anew, and shows how far it is; Ctrl-C stops it and leaves the tables in use as they are. */
export async function projectionsRebuild(name: string, options: ActOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  using stop = listenToStop(() => undefined);
  const { service } = await findAt(await operator.services('projections'), {
    ask: async (one) => {
      const { projections } = await operator.call(listProjections, { service: one });
      return projections.some((projection) => projection.name === name) ? one : undefined;
    },
    what: `projection ${name}`,
  });
  const request = { service, projection: name, reason: options.reason };
  let isDone = false;
  for await (const { events, done } of operator.stream(rebuildProjection, request, stop.signal)) {
    isDone = done;
    if (options.json === true) terminal.line(JSON.stringify({ service, projection: name, events: `${events}`, done }));
    else terminal.line(done ? `${name} of ${service} follows from ${events} events anew` : `${events} events`);
  }
  return isDone ? 0 : 1;
}

function rowOf(service: string, one: Projection): string[] {
  return [
    service,
    one.name,
    one.kind === ProjectionKind.INLINE ? 'with the event' : 'a moment later',
    one.behindCount > 10_000 ? 'over 10000' : String(one.behindCount),
    one.behindSince === undefined ? '-' : showAge(one.behindSince),
    one.rebuiltAt === undefined ? '-' : showTime(one.rebuiltAt),
    orDash(one.rebuiltBy),
    one.tables.join(', '),
  ];
}
