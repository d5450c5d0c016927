import { Option } from 'commander';
import type { SagaListOptions, SagaState } from './commands/saga.ts';
import type { ResolveOptions, SkipOptions } from './commands/saga-act.ts';
import { type Add, acting, paged, type Tools } from './operator/command-parts.ts';
import type { ActOptions, SeveralOptions } from './operator/operator-options.ts';
import { parseDuration } from './option-values.ts';

/** States by the words of the command line. */
const states: readonly SagaState[] = ['running', 'compensating', 'completed', 'compensated'];

// Loaded when they are asked for: the contracts would make every other command start slower.
const reading = () => import('./commands/saga.ts');
const acts = () => import('./commands/saga-act.ts');

/** Adds `mainstay saga list`, `show`, `retry`, `skip`, `compensate` and `resolve`. */
export function addSagaCommands(add: Add, { terminal, onDone }: Tools): void {
  paged(
    add(
      'list',
      'List sagas, newest first.',
      'mainstay saga list --state compensating',
      'mainstay saga list --subject 0192f3c1 --json',
    ),
  )
    .addOption(new Option('--state <words...>', 'only these').choices(states))
    .option('--type <name>', 'only sagas of this definition, for example place-order')
    .option('--subject <id>', 'only sagas about this, for example an order')
    .option('--age <duration>', 'only those at least so old, for example 90s, 15m, 2h', parseDuration)
    .option('--stuck', 'only those that need a person')
    .action(async (options: SagaListOptions) => onDone(await (await reading()).sagaList(options, terminal)));
  add(
    'show <id>',
    'Show a saga with its steps, history and what may be done.',
    'mainstay saga show sg_0192f3c1',
  ).action(async (id: string, options: SeveralOptions) =>
    onDone(await (await reading()).sagaShow(id, options, terminal)),
  );
  acting(
    add('retry <id>', 'Have what waits tried at once.', 'mainstay saga retry sg_0192f3c1 --reason "processor is back"'),
  ).action(async (id: string, options: ActOptions) => onDone(await (await acts()).sagaRetry(id, options, terminal)));
  acting(
    add(
      'skip <id>',
      'Give the undoing of a step up; its effect stays.',
      'mainstay saga skip sg_0192f3c1 --step reserve-stock --reason "counted by hand"',
    ),
  )
    .requiredOption('--step <name>', 'the step that is not undone')
    .action(async (id: string, options: SkipOptions) => onDone(await (await acts()).sagaSkip(id, options, terminal)));
  acting(
    add(
      'compensate <id>',
      'Turn a saga round now, also behind its pivot.',
      'mainstay saga compensate sg_0192f3c1 --reason "customer withdrew"',
    ),
  ).action(async (id: string, options: ActOptions) =>
    onDone(await (await acts()).sagaCompensate(id, options, terminal)),
  );
  acting(
    add(
      'resolve <id>',
      'End a saga whose rest a person has done.',
      'mainstay saga resolve sg_0192f3c1 --as compensated --reason "refunded by bank transfer"',
    ),
  )
    .addOption(new Option('--as <end>', 'how it ends').choices(['completed', 'compensated']).makeOptionMandatory())
    .action(async (id: string, options: ResolveOptions) =>
      onDone(await (await acts()).sagaResolve(id, options, terminal)),
    );
}
