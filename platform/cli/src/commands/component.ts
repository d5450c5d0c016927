import { createControlClient } from '@mainstay/controller';
import { systemClock } from '@mainstay/kernel';
import type { Terminal } from '../output/terminal.ts';
import { showDuration } from '../output/units.ts';
import { findProject, type ProjectOptions } from '../project.ts';

const said = { start: 'is ready', stop: 'stopped', restart: 'is ready again' } as const;

/** Starts, stops or restarts one service of the running fleet and waits until that is done. */
export async function component(
  verb: keyof typeof said,
  service: string,
  { options, terminal }: { readonly options: ProjectOptions; readonly terminal: Terminal },
): Promise<number> {
  const client = createControlClient(findProject(options).dataDir);
  const startedAtMs = systemClock.monotonicMs();
  await client[verb](service);
  terminal.line(`${service} ${said[verb]} after ${showDuration(systemClock.monotonicMs() - startedAtMs)}`);
  return 0;
}
