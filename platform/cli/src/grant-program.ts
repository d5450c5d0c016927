import { InvalidArgumentError } from 'commander';
import type { GiveOptions, ListOptions } from './commands/grants.ts';
import { type Add, acting, type Tools } from './operator/command-parts.ts';
import type { OperatorOptions } from './operator/operator-options.ts';
import { parseDuration, parseInteger } from './option-values.ts';

// Loaded when it is asked for: the contracts would make every other command start slower.
const commands = () => import('./commands/grants.ts');

/** Adds `mainstay grants list`, `give` and `revoke`. */
export function addGrantCommands(add: Add, { terminal, onDone }: Tools): void {
  add(
    'list [account]',
    'List grants, the newest first: of one account, or of all.',
    'mainstay grants list',
    'mainstay grants list 0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e --all',
  )
    .option('--all', 'also those that ended or were taken back')
    .option('--limit <n>', 'most on a page', parseInteger(1, 200), 50)
    .option('--page <token>', 'go on where the page before ended')
    .action(async (account: string | undefined, options: ListOptions) =>
      onDone(await (await commands()).grantList(account, options, terminal)),
    );
  acting(
    add(
      'give <account>',
      'Give an account a role for a time, to help one customer: with the next token of the account it is shown that customer’s personal data.',
      'mainstay grants give 0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e --customer 0192f3c2-… --for 2h --reason "case 4711"',
      'mainstay grants give 0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e --order 0192f3c3-… --reason "parcel is lost"',
    )
      .option('--customer <account>', 'who is helped')
      .option('--order <id>', 'who is helped is whose order this is')
      .option('--role <name>', 'which role', 'support')
      .option('--for <duration>', 'for how long, 1m to 7d', parseGrantTime, 3_600_000),
  ).action(async (account: string, options: GiveOptions) =>
    onDone(await (await commands()).grantGive(account, options, terminal)),
  );
  add(
    'revoke <account> <grant>',
    'Take a grant back before its time: no token has it from now on, and those that have it end within 5 minutes.',
    'mainstay grants revoke 0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e 0192f3c4-…',
  ).action(async (account: string, grant: string, options: OperatorOptions) =>
    onDone(await (await commands()).grantRevoke({ account, grant }, options, terminal)),
  );
}

/** Reads for how long a grant may be given. */
function parseGrantTime(text: string): number {
  const ms = parseDuration(text);
  if (ms >= 60_000 && ms <= 7 * 86_400_000) return ms;
  throw new InvalidArgumentError('It must be from 1m to 7d.');
}
