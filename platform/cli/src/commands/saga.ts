import { toJson } from '@bufbuild/protobuf';
import {
  type GetSagaResponse,
  GetSagaResponseSchema,
  type Saga,
  SagaAdminService,
  SagaSchema,
  SagaStatus,
} from '@mainstay/contracts/mainstay/operations/v1/sagas';
import { askAll, findAt } from '../operator/ask-all.ts';
import { openOperator } from '../operator/operator.ts';
import type { SeveralOptions } from '../operator/operator-options.ts';
import { orDash, printRows, shorten, showAge, showTime } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';

const { listSagas, getSaga } = SagaAdminService.method;

/** Options of `mainstay saga list`. */
export interface SagaListOptions extends SeveralOptions {
  readonly state?: readonly SagaState[];
  readonly type?: string;
  readonly subject?: string;
  /** Least age in milliseconds. */
  readonly age?: number;
  readonly stuck?: boolean;
  /** Most sagas of each service. */
  readonly limit: number;
  readonly page?: string;
}

/** A state by its word on the command line. */
export type SagaState = keyof typeof statuses;

const statuses = {
  running: SagaStatus.RUNNING,
  compensating: SagaStatus.COMPENSATING,
  completed: SagaStatus.COMPLETED,
  compensated: SagaStatus.COMPENSATED,
} as const;

/** Lists sagas of one service or of all, newest first. */
export async function sagaList(options: SagaListOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const services = await operator.services('sagas');
  const pages = await askAll(services, (service) =>
    operator.call(listSagas, {
      service,
      statuses: (options.state ?? []).map((word) => statuses[word]),
      name: options.type ?? '',
      subject: options.subject ?? '',
      minAgeMs: BigInt(options.age ?? 0),
      needsIntervention: options.stuck === true,
      pageSize: options.limit,
      pageToken: options.page ?? '',
    }),
  );
  if (options.json === true) {
    const sagas = pages.flatMap(({ service, answer }) =>
      answer.sagas.map((saga) => ({ service, ...(toJson(SagaSchema, saga, asProto) as object) })),
    );
    const next = Object.fromEntries(pages.map(({ service, answer }) => [service, answer.nextPageToken]));
    terminal.line(JSON.stringify({ sagas, next_page_tokens: next }, null, 2));
    return 0;
  }
  const rows = pages.flatMap(({ service, answer }) => answer.sagas.map((saga) => sagaRow(service, saga)));
  printRows(terminal, rows, {
    head: ['SERVICE', 'SAGA', 'TYPE', 'SUBJECT', 'STATE', 'STEP', 'AGE', 'ATTEMPTS', 'REASON'],
    none: 'there is no saga to show',
    styles: { STATE: styleOfState },
  });
  for (const { service, answer } of pages) {
    if (answer.nextPageToken === '') continue;
    terminal.line(`more of ${service}: --service ${service} --page ${answer.nextPageToken}`);
  }
  return 0;
}

/** Shows one saga: steps, attempts, history, and what may be done. */
export async function sagaShow(id: string, options: SeveralOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const { service, answer } = await findAt(await operator.services('sagas'), {
    ask: (name) => operator.call(getSaga, { service: name, id }),
    isUnknown: 'SAGA_NOT_FOUND',
    what: `saga ${id}`,
  });
  if (options.json === true) {
    terminal.line(JSON.stringify({ service, ...(toJson(GetSagaResponseSchema, answer, asProto) as object) }, null, 2));
    return 0;
  }
  printSaga(service, answer, terminal);
  return 0;
}

const asProto = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

const stateOf = (saga: Saga): string => {
  const word = Object.entries(statuses).find(([, status]) => status === saga.status)?.[0] ?? 'unknown';
  return saga.needsIntervention ? `${word}, stuck` : word;
};

function styleOfState(state: string) {
  if (state.endsWith('stuck')) return 'bad' as const;
  return state === 'compensating' ? ('warning' as const) : undefined;
}

function sagaRow(service: string, saga: Saga): readonly string[] {
  const { id, name, subject, step, attempts, reason, createdAt } = saga;
  const age = showAge(createdAt);
  return [service, id, name, subject, stateOf(saga), orDash(step), age, String(attempts), orDash(reason)];
}

function printSaga(service: string, { saga, steps, history }: GetSagaResponse, terminal: Terminal): void {
  if (saga === undefined) return;
  const state = stateOf(saga);
  const { id, name, version, subject, createdAt, owner, reason, message, actions } = saga;
  terminal.line(`${terminal.paint('strong', id)}  ${name} v${version} of ${service}, about ${subject}`);
  terminal.line(
    `${terminal.paint(styleOfState(state) ?? 'good', state)}, ${showAge(createdAt)} old, ${owner === '' ? 'driven by nobody now' : `driven by ${owner}`}`,
  );
  if (reason !== '') terminal.line(`${reason}: ${message}`);
  terminal.line();
  const stepRows = steps.map((step) => [
    step.name,
    step.status,
    String(step.attempts),
    step.undoStatus === '' ? '-' : `${step.undoStatus} after ${step.undoAttempts} failed`,
    orDash(step.reason),
    shorten(orDash(step.message)),
  ]);
  printRows(terminal, stepRows, {
    head: ['STEP', 'STATE', 'ATTEMPTS', 'UNDO', 'REASON', 'MESSAGE'],
    none: 'it has no steps',
  });
  terminal.line();
  const lines = history.map((line) => [
    showTime(line.at),
    line.kind,
    orDash(line.step),
    orDash(line.actor || line.owner),
    orDash(line.reason),
    shorten(orDash(line.message)),
  ]);
  printRows(terminal, lines, {
    head: ['WHEN', 'WHAT', 'STEP', 'WHO', 'REASON', 'MESSAGE'],
    none: 'nothing happened yet',
  });
  if (actions.length === 0) return;
  terminal.line();
  terminal.line('What may be done:');
  for (const action of actions) terminal.line(`  mainstay saga ${commandOf[action] ?? action} ${id} --reason …`);
}

/** Commands by action; what must be said beside the reason stands in them. */
const commandOf: Readonly<Record<string, string>> = { skip: 'skip --step …', resolve: 'resolve --as …' };
