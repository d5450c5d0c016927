import { type Add, acting, type Tools } from './operator/command-parts.ts';
import type { ActOptions, SeveralOptions } from './operator/operator-options.ts';

// Loaded when it is asked for: the contracts would make every other command start slower.
const commands = () => import('./commands/projections.ts');

/** Adds `mainstay projections list` and `rebuild`. */
export function addProjectionCommands(add: Add, { terminal, onDone }: Tools): void {
  add(
    'list',
    'Show the tables that follow from events, and how far each is behind.',
    'mainstay projections list',
  ).action(async (options: SeveralOptions) => onDone(await (await commands()).projectionsList(options, terminal)));
  acting(
    add(
      'rebuild <projection>',
      'Make the tables of a projection anew from all events, while they go on being used.',
      'mainstay projections rebuild order-history --reason "shows the carrier now"',
    ),
  ).action(async (projection: string, options: ActOptions) =>
    onDone(await (await commands()).projectionsRebuild(projection, options, terminal)),
  );
}
