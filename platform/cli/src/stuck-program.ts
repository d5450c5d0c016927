import type { ActionsOptions, StuckOptions } from './commands/stuck.ts';
import { type Add, acting, type Tools } from './operator/command-parts.ts';
import type { ActOptions } from './operator/operator-options.ts';
import { parseDuration, parseInteger } from './option-values.ts';

// Loaded when it is asked for: the contracts would make every other command start slower.
const commands = () => import('./commands/stuck.ts');

/** Adds `mainstay stuck list`, which is the default, `resolve` and `actions`. */
export function addStuckCommands(
  add: Add,
  { terminal, onDone, addDefault }: Tools & { readonly addDefault: Add },
): void {
  addDefault(
    'list',
    'List what does not get on (the default).',
    'mainstay stuck',
    'mainstay stuck list --kind saga --age 15m',
  )
    .option(
      '--kind <words...>',
      'only these: saga, dead_letter, missed_events, outbox, projection, keyed_call, or a kind of the service’s own',
    )
    .option('--subject <id>', 'only what is about this, for example an order')
    .option(
      '--age <duration>',
      'what counts as stuck without needing a person: so old, for example 90s, 15m (default 60s)',
      parseDuration,
    )
    .option('--limit <n>', 'most items of each kind and service', parseInteger(1, 200), 50)
    .action(async (options: StuckOptions) => onDone(await (await commands()).stuck(options, terminal)));
  acting(
    add(
      'resolve <kind> <id>',
      'Close an item that has no commands of its own; needs one --service.',
      'mainstay stuck resolve disagreement 0192f3c1 --service orders --reason "booked by hand"',
    ),
  ).action(async (kind: string, id: string, options: ActOptions & { readonly service?: readonly string[] }) =>
    onDone(
      await (await commands()).stuckResolve({ kind, id }, { ...options, service: options.service ?? [] }, terminal),
    ),
  );
  add('actions', 'List what people did about stuck work: when, who, what, why.', 'mainstay stuck actions')
    .option('--limit <n>', 'most actions', parseInteger(1, 200), 50)
    .action(async (options: ActionsOptions) => onDone(await (await commands()).stuckActions(options, terminal)));
}
