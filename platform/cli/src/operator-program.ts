import type { Command } from 'commander';
import { addDeadLetterCommands, addEventCommands } from './event-program.ts';
import { addGrantCommands } from './grant-program.ts';
import { type Add, asksAsAdministrator, asksServices, type Tools, withPlace } from './operator/command-parts.ts';
import type { OperatorOptions } from './operator/operator-options.ts';
import { addProjectionCommands } from './projection-program.ts';
import { addSagaCommands } from './saga-program.ts';
import { addStuckCommands } from './stuck-program.ts';

/** What the commands hang on. */
export interface OperatorProgram extends Tools {
  /** Adds a command to a parent, with the options of the project. */
  readonly addTo: (parent: Parent) => (definition: string, description: string, ...examples: string[]) => Command;
  readonly program: Command;
}

/** What commands are added to. */
interface Parent {
  command(definition: string): Command;
}

/** Adds `mainstay login`, and what it is for: `saga`, `events`, `projections` and `stuck`, which ask services about work that lasts, and `grants`. */
export function addOperatorCommands({ addTo, program, terminal, onDone }: OperatorProgram): void {
  withPlace(addTo(program))(
    'login <email>',
    'Sign in as an operator, for the commands saga, events, projections, stuck and grants. The password is asked for, read from the input, or taken from MAINSTAY_PASSWORD.',
    'mainstay login admin@shop.test',
    'mainstay login admin@shop.test < password.txt',
  ).action(async (email: string, options: OperatorOptions) =>
    onDone(await (await import('./commands/login.ts')).login(email, options, terminal)),
  );
  const group = (name: string, description: string, ...examples: string[]): Add => {
    const parent = program.command(name).description(description).helpCommand(false);
    parent.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}\n`);
    return asksServices(addTo(parent));
  };
  addSagaCommands(
    group(
      'saga',
      'See the sagas of services, and do by hand what they cannot do themselves.',
      'mainstay saga list --stuck',
      'mainstay saga show sg_0192f3c1',
    ),
    { terminal, onDone },
  );
  addProjectionCommands(
    group(
      'projections',
      'See the tables that follow from events, and have them made anew.',
      'mainstay projections list',
      'mainstay projections rebuild order-status --reason "after a mistake by hand"',
    ),
    { terminal, onDone },
  );
  const events = program.command('events').description('See events, and have them handled again.').helpCommand(false);
  events.addHelpText(
    'after',
    '\nExamples:\n  $ mainstay events tail --follow\n  $ mainstay events dead-letters list\n',
  );
  addEventCommands(asksServices(addTo(events)), { terminal, onDone });
  const letters = events
    .command('dead-letters')
    .description('Deal with events that could not be handled.')
    .helpCommand(false);
  addDeadLetterCommands(asksServices(addTo(letters)), { terminal, onDone });
  const stuckWork = program
    .command('stuck')
    .description('List in one what does not get on: sagas, dead letters, events that were not told, disagreements.')
    .helpCommand(false);
  stuckWork.addHelpText(
    'after',
    '\nExamples:\n  $ mainstay stuck\n  $ mainstay stuck --service orders --subject 0192f3c1\n',
  );
  const byDefault = { command: (definition: string) => stuckWork.command(definition, { isDefault: true }) };
  addStuckCommands(asksServices(addTo(stuckWork)), { terminal, onDone, addDefault: asksServices(addTo(byDefault)) });
  const grants = program
    .command('grants')
    .description('Give support the personal data of one customer for a time, see who has it, and take it back.')
    .helpCommand(false);
  grants.addHelpText(
    'after',
    '\nExamples:\n  $ mainstay grants list\n  $ mainstay grants give 0192f3c1 --customer 0192f3c2 --for 2h --reason "case 4711"\n',
  );
  addGrantCommands(asksAsAdministrator(addTo(grants)), { terminal, onDone });
}
