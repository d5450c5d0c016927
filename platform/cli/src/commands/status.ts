import { createControlClient } from '@mainstay/controller/client';
import { printStatus } from '../output/status-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { findProject, type ProjectOptions } from '../project.ts';

/** Options of `mainstay status`. */
export interface StatusOptions extends ProjectOptions {
  readonly json?: boolean;
}

/** Prints every component of the running fleet. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<number> {
  const found = await createControlClient(findProject(options).dataDir).status();
  if (options.json === true) terminal.line(JSON.stringify(found, null, 2));
  else printStatus(terminal, found);
  return 0;
}
