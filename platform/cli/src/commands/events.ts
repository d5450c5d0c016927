import { toJson } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  ConsumerPositionSchema,
  type Event,
  EventAdminService,
  EventSchema,
} from '@mainstay/contracts/mainstay/operations/v1/events';
import { systemClock } from '@mainstay/kernel';
import { askAll, findAt } from '../operator/ask-all.ts';
import { followEvents } from '../operator/follow-events.ts';
import { openOperator } from '../operator/operator.ts';
import type { ActOptions, SeveralOptions } from '../operator/operator-options.ts';
import { printRows, showTime } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';
import { listenToStop } from '../stop-signals.ts';

const { listEvents, tailEvents, listConsumers, replayEvents } = EventAdminService.method;
const asProto = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

/** Options of `mainstay events tail`. */
export interface TailOptions extends SeveralOptions {
  /** How many to begin with. */
  readonly last: number;
  readonly follow?: boolean;
  readonly type?: string;
  readonly subject?: string;
}

/** Options of `mainstay events replay`. */
export interface ReplayOptions extends ActOptions {
  readonly source: string;
  readonly after?: bigint;
  readonly since?: Date;
}

/** Prints the last events of one service or of all, and with `--follow` those that arrive. */
export async function eventsTail(options: TailOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const filter = { type: options.type ?? '', subject: options.subject ?? '' };
  const services = await operator.services('events');
  using stop = listenToStop(() => undefined);
  const print = (events: readonly Event[]): void => {
    for (const event of events.toSorted(byTime))
      terminal.line(options.json === true ? jsonOf(event) : lineOf(event, terminal));
  };
  const answers = await askAll(services, (service) =>
    operator.call(listEvents, { service, last: options.last, ...filter }, stop.signal),
  );
  print(answers.flatMap(({ answer }) => answer.events));
  if (options.follow !== true) return 0;
  const follow = async ({ service, answer }: (typeof answers)[number]): Promise<void> => {
    const events = followEvents({
      open: (after) => operator.stream(tailEvents, { service, after, ...filter }, stop.signal),
      after: answer.nextAfter,
      signal: stop.signal,
      clock: systemClock,
      onLost: (why) => void process.stderr.write(`${service}: ${why}; trying to go on\n`),
    });
    for await (const event of events) print([event]);
  };
  try {
    await Promise.all(answers.map(follow));
  } catch (error) {
    // Ctrl-C is how following ends.
    if (!stop.signal.aborted) throw error;
  }
  return 0;
}

/** Lists consumers and how far they have come. */
export async function eventsConsumers(options: SeveralOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const answers = await askAll(await operator.services('events'), (service) =>
    operator.call(listConsumers, { service }),
  );
  const all = answers.flatMap(({ service, answer }) => answer.consumers.map((consumer) => ({ service, consumer })));
  if (options.json === true) {
    const shown = all.map(({ service, consumer }) => ({
      service,
      ...(toJson(ConsumerPositionSchema, consumer, asProto) as object),
    }));
    terminal.line(JSON.stringify(shown, null, 2));
    return 0;
  }
  const rows = all.map(
    ({ service, consumer: { consumer, source, position, newest, waitingCount, deadLetterCount } }) => [
      service,
      consumer,
      source,
      String(position),
      String(newest > position ? newest - position : 0n),
      String(waitingCount),
      String(deadLetterCount),
    ],
  );
  const head = ['SERVICE', 'CONSUMER', 'SOURCE', 'POSITION', 'BEHIND', 'WAITING', 'DEAD'];
  printRows(terminal, rows, { head, none: 'there is no consumer' });
  return 0;
}

/** Sends a consumer back, so that it handles events again. */
export async function eventsReplay(consumer: string, options: ReplayOptions, terminal: Terminal): Promise<number> {
  const operator = await openOperator(options);
  const { source, reason, since } = options;
  const from =
    since === undefined
      ? ({ case: 'after', value: options.after ?? 0n } as const)
      : ({ case: 'time', value: timestampFromDate(since) } as const);
  const { service, answer } = await findAt(await operator.services('events'), {
    ask: (name) => operator.call(replayEvents, { service: name, consumer, source, from, reason }),
    isUnknown: 'CONSUMER_UNKNOWN',
    what: `consumer ${consumer} of ${source}`,
  });
  const { after, newest } = answer;
  if (options.json === true)
    terminal.line(JSON.stringify({ service, consumer, source, after: `${after}`, newest: `${newest}` }));
  else
    terminal.line(
      `${consumer} of ${service} handles ${newest - after} events of ${source} again, from behind ${after}`,
    );
  return 0;
}

function byTime(a: Event, b: Event): number {
  return showTime(a.time) < showTime(b.time) ? -1 : 1;
}

function jsonOf(event: Event): string {
  return JSON.stringify(toJson(EventSchema, event, asProto));
}

function lineOf({ time, source, position, type, subject, json }: Event, terminal: Terminal): string {
  const place = terminal.paint('faint', `${showTime(time)} ${source}/${position}`);
  return `${place} ${terminal.paint('accent', type)} ${subject} ${json}`;
}
