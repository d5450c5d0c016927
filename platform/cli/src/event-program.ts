import { Option } from 'commander';
import type { DeadLetterListOptions } from './commands/dead-letters.ts';
import type { ReplayOptions, TailOptions } from './commands/events.ts';
import { type Add, acting, paged, type Tools } from './operator/command-parts.ts';
import type { ActOptions, SeveralOptions } from './operator/operator-options.ts';
import { parseDuration, parseInstant, parseInteger, parseLetterId, parsePosition } from './option-values.ts';

// Loaded when they are asked for: the contracts would make every other command start slower.
const commands = () => import('./commands/events.ts');
const letterCommands = () => import('./commands/dead-letters.ts');

/** Adds `mainstay events tail`, `consumers` and `replay`. */
export function addEventCommands(add: Add, { terminal, onDone }: Tools): void {
  add(
    'tail',
    'Print the last events, and those that arrive.',
    'mainstay events tail --follow',
    'mainstay events tail --service orders --subject 0192f3c1',
  )
    .option('--last <n>', 'how many of each service to begin with', parseInteger(1, 500), 20)
    .option('--follow', 'go on with what arrives, until Ctrl-C')
    .option('--type <name>', 'only events of this type, for example orders.v1.OrderConfirmed')
    .option('--subject <id>', 'only events about this, for example an order')
    .action(async (options: TailOptions) => onDone(await (await commands()).eventsTail(options, terminal)));
  add('consumers', 'Show how far consumers have come.', 'mainstay events consumers').action(
    async (options: SeveralOptions) => onDone(await (await commands()).eventsConsumers(options, terminal)),
  );
  acting(
    add(
      'replay <consumer>',
      'Have a consumer handle events again; its effects must stand that.',
      'mainstay events replay sales-statistics --source orders --after 0 --reason "built anew"',
      'mainstay events replay sales-statistics --source orders --since 2026-11-28T10:00:00Z --reason "counted wrongly"',
    ),
  )
    .requiredOption('--source <service>', 'service whose events are handled again')
    .addOption(
      new Option('--after <position>', 'begin behind this position, 0 for all')
        .argParser(parsePosition)
        .conflicts('since'),
    )
    .addOption(new Option('--since <time>', 'begin with what happened then, ISO 8601').argParser(parseInstant))
    .action(async (consumer: string, options: ReplayOptions) =>
      onDone(await (await commands()).eventsReplay(consumer, options, terminal)),
    );
}

/** Adds `mainstay events dead-letters list`, `show`, `replay` and `discard`. */
export function addDeadLetterCommands(add: Add, { terminal, onDone }: Tools): void {
  paged(
    add('list', 'List dead letters, newest first.', 'mainstay events dead-letters list --consumer sales-statistics'),
  )
    .option('--consumer <name>', 'only those of this consumer')
    .option('--type <name>', 'only events of this type')
    .option('--subject <id>', 'only events about this, for example an order')
    .option('--age <duration>', 'only those dead for at least so long, for example 90s, 15m, 2h', parseDuration)
    .action(async (options: DeadLetterListOptions) =>
      onDone(await (await letterCommands()).deadLetterList(options, terminal)),
    );
  add(
    'show <id>',
    'Show a dead letter; its id is consumer/source/position.',
    'mainstay events dead-letters show sales-statistics/orders/17',
  ).action(async (id: string, options: SeveralOptions) =>
    onDone(await (await letterCommands()).deadLetterShow(parseLetterId(id), options, terminal)),
  );
  for (const [verb, description] of [
    ['replay', 'Have a dead letter tried again, before later events of its subject.'],
    ['discard', 'Give a dead letter up; its effect will never be had.'],
  ] as const) {
    acting(
      add(
        `${verb} <id>`,
        description,
        `mainstay events dead-letters ${verb} sales-statistics/orders/17 --reason "why"`,
      ),
    ).action(async (id: string, options: ActOptions) =>
      onDone(await (await letterCommands()).deadLetterAct(verb, parseLetterId(id), { options, terminal })),
    );
  }
}
