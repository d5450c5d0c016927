import type { Command } from 'commander';
import { collectWord, parseInteger, parseReason } from '../option-values.ts';
import type { Terminal } from '../output/terminal.ts';

/** Adds a command: its name and arguments, what it does, and examples. */
export type Add = (definition: string, description: string, ...examples: string[]) => Command;

/** What the action of a command needs. */
export interface Tools {
  readonly terminal: Terminal;
  readonly onDone: (exitCode: number) => void;
}

/** Adds the options that say which fleet is meant. */
export function withPlace(add: Add): Add {
  return (...definition) =>
    add(...definition)
      .option('--gateway <url>', 'gateway of the fleet (default: MAINSTAY_GATEWAY, or the fleet that runs here)')
      .option('--registry <url>', 'registry of the fleet (default: MAINSTAY_REGISTRY, or the fleet that runs here)');
}

/** Adds the options of all commands that ask as the one who is signed in. */
export function asksAsAdministrator(add: Add): Add {
  return (...definition) =>
    withPlace(add)(...definition)
      .option(
        '--token <token>',
        'access token of an administrator (default: MAINSTAY_TOKEN, or the session of mainstay login)',
      )
      .option('--api-key <key>', 'key of the client at the gateway (default: MAINSTAY_API_KEY)')
      .option('--json', 'print JSON');
}

/** Adds the options of all commands that ask services. */
export function asksServices(add: Add): Add {
  return (...definition) =>
    asksAsAdministrator(add)(...definition).option(
      '--service <name>',
      'ask this service; may be repeated (default: all that answer)',
      collectWord,
    );
}

/** Makes a command demand why it is given. */
export function acting(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; kept with who and when', parseReason);
}

/** Adds the options of lists that have pages. */
export function paged(command: Command): Command {
  return command
    .option('--limit <n>', 'most of each service', parseInteger(1, 200), 50)
    .option('--page <token>', 'go on where the page before ended; with one --service');
}
