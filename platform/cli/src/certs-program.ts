import { type Command, InvalidArgumentError } from 'commander';
import type { CertsOptions, IssueCommandOptions } from './commands/certs.ts';
import { parseInteger } from './option-values.ts';
import type { Terminal } from './output/terminal.ts';

// Loaded when one of them runs: it brings the cryptography along.
const commands = () => import('./commands/certs.ts');

/** What the commands of certificates hang on. */
export interface CertsProgram {
  /** Adds a command to it, with the options that every one has. */
  readonly add: (definition: string, description: string, ...examples: string[]) => Command;
  readonly terminal: Terminal;
  readonly onDone: (exitCode: number) => void;
}

/** Adds `mainstay certs init`, `issue`, `rotate` and `show`. */
export function addCertsCommands({ add, terminal, onDone }: CertsProgram): void {
  const addOne = (definition: string, description: string, ...examples: string[]): Command =>
    add(definition, description, ...examples).option('--json', 'print JSON');

  addOne('init', 'Make the development authority of the fleet.', 'mainstay certs init').action(
    async (options: CertsOptions) => onDone(await (await commands()).certsInit(options, terminal)),
  );
  addOne(
    'issue <service>',
    'Issue a certificate for a service, with a new key.',
    'mainstay certs issue orders',
    'mainstay certs issue orders --days 7 --host orders.shop.svc --host 10.0.0.7',
  )
    .option('--days <n>', 'how long it is valid', parseInteger(1, 90), 30)
    .option('--host <name>', 'a DNS name or address beside those of this machine; may be repeated', collectHost, [])
    .action(async (service: string, options: IssueCommandOptions) =>
      onDone(await (await commands()).certsIssue(parseService(service), options, terminal)),
    );
  addOne(
    'rotate [service]',
    'Issue certificates anew, with new keys; running processes take them without a lost call.',
    'mainstay certs rotate',
    'mainstay certs rotate orders',
  ).action(async (service: string | undefined, options: CertsOptions) =>
    onDone(await (await commands()).certsRotate(service, options, terminal)),
  );
  addOne(
    'show',
    'Show the authority and all certificates.',
    'mainstay certs show',
    'mainstay certs show --json',
  ).action(async (options: CertsOptions) => onDone(await (await commands()).certsShow(options, terminal)));
}

function parseService(text: string): string {
  if (/^[a-z][a-z0-9-]{0,62}$/.test(text) && text !== 'authority') return text;
  throw new InvalidArgumentError('The service must be lower-case letters, digits and dashes, first a letter.');
}

function collectHost(text: string, before: readonly string[]): string[] {
  if (/^[a-zA-Z0-9.-]{1,253}$/.test(text) || /^[0-9a-f:]{2,39}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must be a DNS name or an IP address.');
}
