import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { fleetAddress } from '../operator/fleet-address.ts';
import type { OperatorOptions } from '../operator/operator-options.ts';
import { readPassword } from '../operator/read-password.ts';
import { signIn } from '../operator/session.ts';
import type { Terminal } from '../output/terminal.ts';

/**
 * Signs an operator in; the password never stands on the command line, where others can read it.
 *
 * @throws PlatformError `CLI_USAGE` without a password, before anybody is asked.
 */
export async function login(email: string, options: OperatorOptions, terminal: Terminal): Promise<number> {
  const { gateway } = await fleetAddress(options);
  const password = process.env['MAINSTAY_PASSWORD'] ?? (await readPassword(`Password of ${email}: `));
  if (password === '') {
    throw new PlatformError(cliReasons.CLI_USAGE, 'no password came: type it, pipe it in, or set MAINSTAY_PASSWORD');
  }
  const roles = await signIn({ email, password }, gateway, options);
  terminal.line(`signed in as ${email} at ${gateway}, roles: ${roles.join(', ') || 'none'}`);
  if (!roles.includes('admin')) {
    terminal.line(
      terminal.paint('warning', 'this account is no administrator: sagas, events and stuck work stay closed to it'),
    );
  }
  return 0;
}
