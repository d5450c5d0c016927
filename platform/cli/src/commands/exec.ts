import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createControlClient } from '@mainstay/controller/client';
import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { findProject, type ProjectOptions } from '../project.ts';
import { listenToStop } from '../stop-signals.ts';

/**
 * Runs a command with the environment of a service of the running fleet: its secrets, addresses and database.
 *
 * @returns its exit code, or 128 and the number of the signal that ended it.
 * @throws {@link PlatformError} `CLI_COMMAND_NOT_STARTED`; `FLEET_NOT_RUNNING` and `FLEET_SERVICE_UNKNOWN`.
 */
export async function exec(service: string, command: readonly string[], options: ProjectOptions): Promise<number> {
  const [file = '', ...args] = command;
  const env = await createControlClient(findProject(options).dataDir).environment(service);
  // Listened to before there is a child, which can be sooner in what it does than we are. A Ctrl-C reaches it from the
  // terminal; what else asks us to stop is passed on.
  using _ = listenToStop((signal) => void (signal === 'SIGINT' || child.kill(signal)));
  const child = spawn(file, args, { env, stdio: 'inherit' });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new PlatformError(cliReasons.CLI_COMMAND_NOT_STARTED, `cannot run ${file}: ${String(cause)}`, { cause });
  }
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal!];
}
