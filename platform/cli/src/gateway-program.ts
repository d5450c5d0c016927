import { type Command, InvalidArgumentError } from 'commander';
import { gatewayClearReads } from './commands/gateway/clear-reads.ts';
import {
  type CreateKeyOptions,
  createKey,
  listKeys,
  type RotateKeyOptions,
  revokeKey,
  rotateKey,
} from './commands/gateway/keys.ts';
import type { GatewayOptions } from './commands/gateway/management.ts';
import { gatewayConfig, gatewayLimits, gatewayReload, gatewayRoutes } from './commands/gateway/show.ts';
import { parseInteger } from './option-values.ts';
import type { Terminal } from './output/terminal.ts';
import { addSplitCommands } from './split-program.ts';

/** Adds a command to a parent, with the options that every one has. */
type AddCommand = (definition: string, description: string, ...examples: string[]) => Command;

/** What the commands of the gateway hang on. */
export interface GatewayProgram {
  readonly gateway: Command;
  readonly addTo: (parent: Command) => AddCommand;
  readonly terminal: Terminal;
  readonly onDone: (exitCode: number) => void;
}

/** Adds `mainstay gateway routes`, `limits`, `clear-reads`, `config`, `reload`, `keys` and `splits`. */
export function addGatewayCommands({ gateway, addTo, terminal, onDone }: GatewayProgram): void {
  const add = withJson(addTo(gateway));
  for (const [name, description, run] of [
    ['routes', 'Show every route with its method, access, scope, time-out and cost.', gatewayRoutes],
    ['limits', 'Show the limits and quotas in force.', gatewayLimits],
    ['clear-reads', 'Show who was shown personal data of others by a role, the newest first.', gatewayClearReads],
    ['config', 'Show which configuration is in force, and what was wrong with the last change.', gatewayConfig],
    ['reload', 'Read the configuration again; what is wrong changes nothing.', gatewayReload],
  ] as const) {
    add(name, description, `mainstay gateway ${name}`).action(async (options: GatewayOptions) =>
      onDone(await run(options, terminal)),
    );
  }
  const keys: Command = gateway
    .command('keys')
    .description('Create, list, rotate and revoke the API keys of clients.')
    .helpCommand(false)
    .action(() => keys.outputHelp());
  addKeyCommands(withJson(addTo(keys)), terminal, onDone);
  const splits: Command = gateway
    .command('splits')
    .description('Steer the traffic of services over their versions.')
    .helpCommand(false)
    .action(() => splits.outputHelp());
  addSplitCommands(withJson(addTo(splits)), terminal, onDone);
}

function addKeyCommands(add: AddCommand, terminal: Terminal, onDone: (exitCode: number) => void): void {
  add('list', 'Show all keys by their public part.', 'mainstay gateway keys list').action(
    async (options: GatewayOptions) => onDone(await listKeys(options, terminal)),
  );
  add(
    'create <client>',
    'Make a key for a client and show it once.',
    'mainstay gateway keys create acme --tier professional',
    'mainstay gateway keys create acme --tier free --scope products.read --days 90',
  )
    .requiredOption('--tier <name>', 'tier of its limits')
    .option('--tenant <name>', 'whose limit it shares with other keys')
    .option(
      '--scope <name>',
      'what it opens, such as orders.write or pii.medium.read; may be repeated; none opens all',
      collectScope,
      [],
    )
    .option('--days <n>', 'how long it is taken', parseInteger(1, 36_500))
    .action(async (client: string, options: CreateKeyOptions) => onDone(await createKey(client, options, terminal)));
  add(
    'rotate <key>',
    'Make a key in the place of another, which is taken for some time longer.',
    'mainstay gateway keys rotate 0f1e2d3c4b5a --overlap 48',
  )
    .option('--overlap <hours>', 'how long the old one is still taken', parseInteger(0, 8_760), 24)
    .action(async (prefix: string, options: RotateKeyOptions) => onDone(await rotateKey(prefix, options, terminal)));
  add('revoke <key>', 'End a key at once.', 'mainstay gateway keys revoke 0f1e2d3c4b5a').action(
    async (prefix: string, options: GatewayOptions) => onDone(await revokeKey(prefix, options, terminal)),
  );
}

function withJson(add: AddCommand): AddCommand {
  return (definition, description, ...examples) =>
    add(definition, description, ...examples).option('--json', 'print JSON');
}

function collectScope(text: string, before: readonly string[]): string[] {
  if (/^([a-z][a-z0-9-]*\.(read|write)|pii\.(medium|high)\.read)$/.test(text)) return [...before, text];
  throw new InvalidArgumentError(
    'It must be a service with .read or .write, such as orders.write, or pii.medium.read or pii.high.read.',
  );
}
