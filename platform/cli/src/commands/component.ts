import { createControlClient } from '@mainstay/controller/client';
import { systemClock } from '@mainstay/kernel';
import type { Terminal } from '../output/terminal.ts';
import { showDuration } from '../output/units.ts';
import { findProject, type ProjectOptions } from '../project.ts';

const said = { start: 'is ready', stop: 'stopped', restart: 'is ready again' } as const;

/** Options of `mainstay restart`, `start` and `stop`. */
export interface ComponentOptions extends ProjectOptions {
  /** Environment of this one start. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts, stops or restarts one service of the running fleet and waits until that is done. */
export async function component(
  verb: keyof typeof said,
  service: string,
  { options, terminal }: { readonly options: ComponentOptions; readonly terminal: Terminal },
): Promise<number> {
  const client = createControlClient(findProject(options).dataDir);
  const startedAtMs = systemClock.monotonicMs();
  if (verb === 'stop') await client.stop(service);
  else await client[verb](service, { env: options.env ?? {} });
  terminal.line(`${service} ${said[verb]} after ${showDuration(systemClock.monotonicMs() - startedAtMs)}`);
  return 0;
}
