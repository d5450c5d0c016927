import { type Command, InvalidArgumentError } from 'commander';
import type { GatewayOptions } from './commands/gateway/management.ts';
import {
  type ChangeSplitOptions,
  listSplits,
  removeSplit,
  type SetSplitOptions,
  setSplit,
  showSplit,
  switchSplit,
  type VersionWeight,
} from './commands/gateway/splits.ts';
import { parseInteger } from './option-values.ts';
import type { Terminal } from './output/terminal.ts';

type AddCommand = (definition: string, description: string, ...examples: string[]) => Command;

/** Adds `mainstay gateway splits list`, `show`, `set`, `switch` and `remove`. */
export function addSplitCommands(add: AddCommand, terminal: Terminal, onDone: (exitCode: number) => void): void {
  add('list', 'Show how traffic is split over versions.', 'mainstay gateway splits list').action(
    async (options: GatewayOptions) => onDone(await listSplits(options, terminal)),
  );
  add(
    'show <service>',
    'Show one split with its revision, and how a mirrored version compared.',
    'mainstay gateway splits show products',
  ).action(async (service: string, options: GatewayOptions) => onDone(await showSplit(service, options, terminal)));
  addSet(add, terminal, onDone);
  changing(
    add(
      'switch <service> <version>',
      'Send all traffic to one version; the others stand by.',
      'mainstay gateway splits switch products 2.0.0',
    ),
  ).action(async (service: string, version: string, options: ChangeSplitOptions) =>
    onDone(await switchSplit({ service, version }, options, terminal)),
  );
  changing(
    add(
      'remove <service>',
      'Split no longer: calls go to whichever instance.',
      'mainstay gateway splits remove products',
    ),
  ).action(async (service: string, options: ChangeSplitOptions) =>
    onDone(await removeSplit(service, options, terminal)),
  );
}

function addSet(add: AddCommand, terminal: Terminal, onDone: (exitCode: number) => void): void {
  const set = add(
    'set <service> <version=weight...>',
    'Split the traffic of a service; callers stay at their version.',
    'mainstay gateway splits set products 1.0.0=90 2.0.0=10',
    'mainstay gateway splits set products 1.0.0=100 --mirror 2.0.0 --mirror-percent 5',
    'mainstay gateway splits set products 1.0.0=100 2.0.0=0 --override-role tester --revision 7',
  )
    .option('--by <what>', 'what keeps a caller on one side: user, key or header:<name>', 'user')
    .option('--fallback <version>', 'version that stands in for one that is away; else the heaviest other one')
    .option('--seed <word>', 'splits with one seed send a caller to the same side; else the name of the service')
    .option('--override-role <role>', 'whose header Mainstay-Version counts; may be repeated', collect, [])
    .option('--override-client <client>', 'client whose header Mainstay-Version counts; may be repeated', collect, [])
    .option('--mirror <version>', 'version that gets copies, whose answers are compared and dropped')
    .option('--mirror-percent <n>', 'share of the callers whose requests are copied', parseInteger(0, 100), 100)
    .option('--mirror-writes', 'copy also what changes something: it happens twice')
    .option('--mirror-ignore <field>', 'field that is not compared; may be repeated', collect, []);
  changing(set).action(async (service: string, shares: readonly string[], options: SetSplitOptions) =>
    onDone(await setSplit({ service, versions: shares.map(parseShare) }, options, terminal)),
  );
}

function changing(command: Command): Command {
  return command.option(
    '--revision <n>',
    'revision that was looked at: refused when the split has another one; else that in force',
    parseInteger(0, Number.MAX_SAFE_INTEGER),
  );
}

function parseShare(text: string): VersionWeight {
  const [, version = '', weight = ''] = /^([^=]+)=(\d{1,7}(?:\.\d{1,4})?)$/.exec(text) ?? [];
  if (version === '') throw new InvalidArgumentError(`${text} must be a version and its weight, such as 2.0.0=10.`);
  return { version, weight: Number(weight) };
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
