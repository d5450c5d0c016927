import { toJson } from '@bufbuild/protobuf';
import {
  OperatorActionSchema,
  StuckItemSchema,
  StuckWorkService,
} from '@mainstay/contracts/mainstay/operations/v1/stuck_work';
import { askAll } from '../operator/ask-all.ts';
import { openOperator } from '../operator/operator.ts';
import type { ActOptions, SeveralOptions } from '../operator/operator-options.ts';
import { printStuckItems, worstFirst } from '../operator/stuck-items.ts';
import { printRows, showTime } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';

const { listStuckWork, resolveStuckWork, listOperatorActions } = StuckWorkService.method;
const asProto = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

/** Options of `mainstay stuck`. */
export interface StuckOptions extends SeveralOptions {
  readonly kind?: readonly string[];
  readonly subject?: string;
  /** Least age in milliseconds. */
  readonly age?: number;
  /** Most items of each kind and service. */
  readonly limit: number;
}

/** Options of `mainstay stuck actions`. */
export interface ActionsOptions extends SeveralOptions {
  readonly limit: number;
}

/** Lists everything that does not get on, of one service or of all: what needs a person first. */
export async function stuck(options: StuckOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const answers = await askAll(await operator.services('stuck'), (service) =>
    operator.call(listStuckWork, {
      service,
      kinds: [...(options.kind ?? [])],
      subject: options.subject ?? '',
      minAgeMs: BigInt(options.age ?? 0),
      limit: options.limit,
    }),
  );
  const items = worstFirst(answers);
  if (options.json === true) {
    const shown = items.map(({ service, item }) => ({
      service,
      ...(toJson(StuckItemSchema, item, asProto) as object),
    }));
    terminal.line(JSON.stringify(shown, null, 2));
    return 0;
  }
  printStuckItems(terminal, items);
  for (const { service, answer } of answers) {
    for (const kind of answer.truncatedKinds) terminal.line(`${service} has more of ${kind}: --limit, --kind`);
  }
  return 0;
}

/** Closes an item that has no commands of its own. */
export async function stuckResolve(
  { kind, id }: { readonly kind: string; readonly id: string },
  options: ActOptions & { readonly service: readonly string[] },
  terminal: Terminal,
): Promise<number> {
  const operator = await openOperator(options);
  const [service = ''] = options.service;
  await operator.call(resolveStuckWork, { service, kind, id, reason: options.reason });
  terminal.line(
    options.json === true
      ? JSON.stringify({ service, kind, id, done: 'closed' })
      : `${kind} ${id} of ${service} is closed`,
  );
  return 0;
}

/** Lists what people did about stuck work: when, who, what, why. */
export async function stuckActions(options: ActionsOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const { limit } = options;
  const answers = await askAll(await operator.services('stuck'), (service) =>
    operator.call(listOperatorActions, { service, limit }),
  );
  const actions = answers
    .flatMap(({ service, answer }) => answer.actions.map((action) => ({ service, action })))
    .sort((a, b) => (showTime(a.action.at) < showTime(b.action.at) ? 1 : -1))
    .slice(0, limit);
  if (options.json === true) {
    const shown = actions.map(({ service, action }) => ({
      service,
      ...(toJson(OperatorActionSchema, action, asProto) as object),
    }));
    terminal.line(JSON.stringify(shown, null, 2));
    return 0;
  }
  const rows = actions.map(({ service, action: { at, actor, action, kind, id, reason } }) => [
    showTime(at),
    service,
    actor,
    action,
    kind,
    id,
    reason,
  ]);
  printRows(terminal, rows, {
    head: ['WHEN', 'SERVICE', 'WHO', 'ACTION', 'KIND', 'ID', 'WHY'],
    none: 'nobody did anything yet',
  });
  return 0;
}
