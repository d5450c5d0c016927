import { toJson } from '@bufbuild/protobuf';
import {
  type DeadLetter,
  DeadLetterSchema,
  EventAdminService,
} from '@mainstay/contracts/mainstay/operations/v1/events';
import { type Answer, askAll, findAt } from '../operator/ask-all.ts';
import { type Operator, openOperator } from '../operator/operator.ts';
import type { ActOptions, SeveralOptions } from '../operator/operator-options.ts';
import { orDash, printRows, shorten, showAge, showTime } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';

const { listDeadLetters, getDeadLetter, replayDeadLetter, discardDeadLetter } = EventAdminService.method;
const asProto = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

/** Options of `mainstay events dead-letters list`. */
export interface DeadLetterListOptions extends SeveralOptions {
  readonly consumer?: string;
  readonly type?: string;
  readonly subject?: string;
  /** Least age in milliseconds. */
  readonly age?: number;
  readonly limit: number;
  readonly page?: string;
}

/** Which dead letter is meant. */
export interface LetterId {
  readonly consumer: string;
  readonly source: string;
  readonly position: bigint;
}

const idOf = ({ consumer, event }: DeadLetter): string => `${consumer}/${event?.source ?? ''}/${event?.position ?? ''}`;

/** Lists dead letters of one service or of all, newest first. */
export async function deadLetterList(options: DeadLetterListOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const pages = await askAll(await operator.services('events'), (service) =>
    operator.call(listDeadLetters, {
      service,
      consumer: options.consumer ?? '',
      type: options.type ?? '',
      subject: options.subject ?? '',
      minAgeMs: BigInt(options.age ?? 0),
      pageSize: options.limit,
      pageToken: options.page ?? '',
    }),
  );
  const all = pages.flatMap(({ service, answer }) => answer.deadLetters.map((letter) => ({ service, letter })));
  if (options.json === true) {
    const shown = all.map(({ service, letter }) => ({
      service,
      id: idOf(letter),
      ...(toJson(DeadLetterSchema, letter, asProto) as object),
    }));
    const next = Object.fromEntries(pages.map(({ service, answer }) => [service, answer.nextPageToken]));
    terminal.line(JSON.stringify({ dead_letters: shown, next_page_tokens: next }, null, 2));
    return 0;
  }
  const rows = all.map(({ service, letter }) => [
    service,
    idOf(letter),
    letter.event?.type ?? '-',
    letter.event?.subject ?? '-',
    showAge(letter.diedAt),
    String(letter.attempts),
    orDash(letter.reason),
    shorten(letter.message),
  ]);
  printRows(terminal, rows, {
    head: ['SERVICE', 'ID', 'TYPE', 'SUBJECT', 'AGE', 'ATTEMPTS', 'REASON', 'MESSAGE'],
    none: 'there is no dead letter',
  });
  for (const { service, answer } of pages) {
    if (answer.nextPageToken !== '')
      terminal.line(`more of ${service}: --service ${service} --page ${answer.nextPageToken}`);
  }
  return 0;
}

/** Shows one dead letter. */
export async function deadLetterShow(id: LetterId, options: SeveralOptions, terminal: Terminal): Promise<number> {
  const { service, answer: letter } = await find(await openOperator(options), id);
  if (options.json === true) {
    terminal.line(
      JSON.stringify({ service, id: idOf(letter), ...(toJson(DeadLetterSchema, letter, asProto) as object) }, null, 2),
    );
    return 0;
  }
  const { event, consumer, attempts, reason, message, diedAt } = letter;
  terminal.line(`${terminal.paint('strong', idOf(letter))}  ${event?.type ?? ''} about ${event?.subject ?? ''}`);
  terminal.line(`${consumer} of ${service} gave up after ${attempts} attempts, ${showAge(diedAt)} ago`);
  terminal.line(`${terminal.paint('bad', reason)}: ${message}`);
  terminal.line(`happened ${showTime(event?.time)}, id ${event?.id ?? '-'}, trace ${orDash(event?.traceId ?? '')}`);
  terminal.line(orDash(event?.json ?? ''));
  terminal.line();
  terminal.line('What may be done:');
  for (const verb of ['replay', 'discard']) {
    terminal.line(`  mainstay events dead-letters ${verb} ${idOf(letter)} --reason …`);
  }
  return 0;
}

/** Has a dead letter tried again, or gives it up. */
export async function deadLetterAct(
  verb: 'replay' | 'discard',
  id: LetterId,
  { options, terminal }: { readonly options: ActOptions; readonly terminal: Terminal },
): Promise<number> {
  const operator = await openOperator(options);
  const { service, answer: letter } = await find(operator, id);
  const request = { service, ...id, reason: options.reason };
  if (verb === 'replay') await operator.call(replayDeadLetter, request);
  else await operator.call(discardDeadLetter, request);
  const done = verb === 'replay' ? 'it is tried again' : 'it is given up; its effect will never be had';
  if (options.json === true) terminal.line(JSON.stringify({ service, id: idOf(letter), done }));
  else terminal.line(`dead letter ${idOf(letter)} of ${service}: ${done}`);
  return 0;
}

async function find(operator: Operator, id: LetterId): Promise<Answer<DeadLetter>> {
  const { consumer, source, position } = id;
  const { service, answer } = await findAt(await operator.services('events'), {
    ask: async (name) => (await operator.call(getDeadLetter, { service: name, ...id })).deadLetter!,
    isUnknown: 'DEAD_LETTER_UNKNOWN',
    what: `dead letter ${consumer}/${source}/${position}`,
  });
  return { service, answer };
}
