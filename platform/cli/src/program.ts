import { policyNames } from '@mainstay/discovery/policies';
import { PlatformError } from '@mainstay/kernel';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addCertsCommands } from './certs-program.ts';
import type { ComponentOptions } from './commands/component.ts';
import type { LbBenchOptions } from './commands/lb-bench.ts';
import type { LogsOptions } from './commands/logs.ts';
import type { StatusOptions } from './commands/status.ts';
import type { UpOptions } from './commands/up-options.ts';
import { cliReasons } from './errors.ts';
import { addGatewayCommands } from './gateway-program.ts';
import { testNames } from './lb-bench/arrangements.ts';
import { addOperatorCommands } from './operator-program.ts';
import { collectVariable, parseInteger } from './option-values.ts';
import type { Terminal } from './output/terminal.ts';
import { commandVersion, type ProjectOptions } from './project.ts';

const usageEnding = (...examples: string[]): string =>
  `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}\n`;

/**
 * Runs a command line.
 *
 * @param args - without the program's name.
 * @returns the exit code: 0, or 130 when a start was interrupted.
 * @throws {@link PlatformError} `CLI_USAGE` for a wrong command line, and whatever the command throws.
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const message = error.message
      .replace(/^error: /, '')
      .replace(/\s*\n\s*/g, ' ')
      .replace(/\.$/, '');
    throw new PlatformError(cliReasons.CLI_USAGE, `${message}; see mainstay --help`, { cause: error });
  }
  return exitCode;
}

function createProgram(terminal: Terminal, onDone: (exitCode: number) => void): Command {
  const program = new Command('mainstay')
    .description('Runs the services of a project on this machine and looks after them.')
    .version(commandVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .helpCommand(false)
    .addHelpText(
      'after',
      usageEnding('mainstay up', 'mainstay status', 'mainstay logs orders --follow', 'mainstay down'),
    );
  const addTo =
    (parent: { command(definition: string): Command }) =>
    (definition: string, description: string, ...examples: string[]): Command =>
      parent
        .command(definition)
        .description(description)
        .option('--root <dir>', 'directory of the project (default: the nearest one upwards with a fleet.yaml)')
        .option('--data <dir>', 'directory of the data (default: as fleet.yaml says, .mainstay)')
        .addHelpText('after', usageEnding(...examples));
  const add = addTo(program);

  add(
    'up',
    'Start the fleet and stay until Ctrl-C.',
    'mainstay up',
    'mainstay up --single --detach',
    'mainstay up --mtls',
    'mainstay up --data /tmp/second --port-offset 1000',
  )
    .option('--single', 'host all services in one process')
    .option('--detach', 'return when the fleet is ready and leave it running')
    .option('--mtls', 'prove and encrypt calls between processes with certificates, made and renewed by the way')
    .option('--port-offset <n>', 'move all fixed ports by n', parseInteger(0, 50_000))
    .addOption(new Option('--reporting').hideHelp())
    .action(async (options: UpOptions) => onDone(await (await import('./commands/up.ts')).up(options, terminal)));
  add('down', 'Stop the fleet and wait until it is gone.', 'mainstay down', 'mainstay down --data /tmp/second').action(
    async (options: ProjectOptions) => onDone(await (await import('./commands/down.ts')).down(options, terminal)),
  );
  add(
    'status',
    'Show every component with health, uptime, memory and restarts.',
    'mainstay status',
    'mainstay status --json',
  )
    .option('--json', 'print JSON')
    .action(async (options: StatusOptions) =>
      onDone(await (await import('./commands/status.ts')).status(options, terminal)),
    );
  add(
    'logs [service]',
    'Show the last log lines of a service, or of all.',
    'mainstay logs',
    'mainstay logs orders --follow',
    'mainstay logs payments --lines 500 --json',
  )
    .option('--follow', 'go on with what is added, until Ctrl-C')
    .option('--lines <n>', 'how many lines to begin with', parseInteger(0, 1_000_000), 50)
    .option('--json', 'print the lines as they stand in the log')
    .action(async (service: string | undefined, options: LogsOptions) =>
      onDone(await (await import('./commands/logs.ts')).logs(service, options, terminal)),
    );
  addLbBench(program, async (tests, options) =>
    onDone(await (await import('./commands/lb-bench.ts')).lbBench(tests, options, terminal)),
  );
  for (const [verb, description] of [
    ['restart', 'Stop a service after its running work and start it.'],
    ['stop', 'Stop a service and leave it stopped; the others go on.'],
    ['start', 'Start a service that was stopped.'],
  ] as const) {
    const command = add(`${verb} <service>`, description, `mainstay ${verb} orders`);
    if (verb !== 'stop') {
      command.option('--env <name=value>', 'environment for this one start; may be repeated', collectVariable, {});
    }
    command.action(async (service: string, options: ComponentOptions) =>
      onDone(await (await import('./commands/component.ts')).component(verb, service, { options, terminal })),
    );
  }
  add(
    'exec <service> <command...>',
    'Run a command with the environment of a service: its database, secrets and addresses. Put -- before it.',
    'mainstay exec products -- node shop/products/src/import/main.ts products.jsonl',
    "mainstay exec orders -- sh -c 'psql $ORDERS_DATABASE_URL'",
  ).action(async (service: string, command: string[], options: ProjectOptions) =>
    onDone(await (await import('./commands/exec.ts')).exec(service, command, options)),
  );
  const certs: Command = program
    .command('certs')
    .description('Make the certificates with which the services of a fleet prove who they are.')
    .helpCommand(false)
    .action(() => certs.outputHelp())
    .addHelpText('after', usageEnding('mainstay certs init', 'mainstay certs issue orders', 'mainstay certs show'));
  addCertsCommands({ add: addTo(certs), terminal, onDone });
  addOperatorCommands({ addTo, program, terminal, onDone });
  const gateway: Command = program
    .command('gateway')
    .description('Show and manage the front door of the fleet: routes, limits, API keys, configuration.')
    .helpCommand(false)
    .action(() => gateway.outputHelp())
    .addHelpText('after', usageEnding('mainstay gateway routes', 'mainstay gateway keys create acme --tier free'));
  addGatewayCommands({ gateway, addTo, terminal, onDone });
  return program;
}

/** The one command that needs no project: it brings its own processes, or calls those of `--target`. */
function addLbBench(program: Command, run: (tests: string[], options: LbBenchOptions) => Promise<void>): void {
  program
    .command('lb-bench [tests...]')
    .description(`Show how calls are spread over instances. Tests: ${testNames.join(', ')}; default all.`)
    .option('--instances <n>', 'instances to start', parseInteger(1, 20), 5)
    .option('--requests <n>', 'calls of a plain test', parseInteger(1, 100_000), 50)
    .option('--many-requests <n>', 'calls of the tests of connections and of speed', parseInteger(1, 100_000), 1_000)
    .option('--clients <n>', 'callers of the tests of connections and of speed', parseInteger(1, 100), 10)
    .option('--connections <n>', 'connections of each of them', parseInteger(1, 20), 5)
    .addOption(new Option('--policy <name>', 'how calls are spread').choices(policyNames).default('round_robin'))
    .option('--tolerance <percent>', 'largest deviation that still counts as even', parseInteger(0, 100), 0)
    .option('--limit <seconds>', 'longest time of one test', parseInteger(1, 600), 60)
    .option('--rounds <n>', 'rounds of the comparison of speed, 0 for none', parseInteger(0, 9), 3)
    .option('--target <addresses>', 'host:port, by commas: call these instead of starting any', parseAddresses)
    .option('--expect-servers <n>', 'with --target: instances that are there', parseInteger(1, 10_000))
    .option('--through-proxy', 'with --target: a call that passed no proxy of ours makes the test void')
    .option('--verbose', 'a line for each call')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      usageEnding(
        'mainstay lb-bench',
        'mainstay lb-bench l4 l7 --requests 100',
        'mainstay lb-bench --target 10.0.0.7:50051 --expect-servers 5',
      ),
    )
    .action(run);
}

function parseAddresses(text: string): string[] {
  const addresses = text.split(',').map((part) => part.trim());
  if (addresses.every((address) => /^\S+:\d{1,5}$/.test(address))) return addresses;
  throw new InvalidArgumentError('It must be host:port, several joined by commas.');
}
