import { dataPaths } from '@mainstay/controller/client';
import { systemClock } from '@mainstay/kernel';
import { formatLine, type LogLine } from '../logs/format-line.ts';
import { findLogs, inOrder, LogSource } from '../logs/log-source.ts';
import type { Terminal } from '../output/terminal.ts';
import { findProject, type ProjectOptions } from '../project.ts';
import { listenToStop } from '../stop-signals.ts';

/** Options of `mainstay logs`. */
export interface LogsOptions extends ProjectOptions {
  readonly follow?: boolean;
  readonly lines: number;
  readonly json?: boolean;
}

/** Pause between two looks at the files, in milliseconds: a person reads them as at once. */
const lookEveryMs = 200;

/** Prints the last lines of one log or of all, in the order of time; works for a stopped fleet too. */
export async function logs(service: string | undefined, options: LogsOptions, terminal: Terminal): Promise<number> {
  const { logs: directory } = dataPaths(findProject(options).dataDir);
  const sources = findLogs(directory, service).map((name) => new LogSource(directory, name));
  const print = (lines: readonly LogLine[]): void => {
    for (const line of inOrder(lines)) terminal.line(options.json === true ? line.raw : formatLine(line, terminal));
  };
  const tails = await Promise.all(sources.map((source) => source.tail(options.lines)));
  const all = inOrder(tails.flat());
  print(all.slice(Math.max(0, all.length - options.lines)));
  if (options.follow !== true) return 0;

  using stop = listenToStop(() => undefined);
  while (!stop.signal.aborted) {
    // Interrupted by Ctrl-C, which is how following ends.
    await systemClock.sleep(lookEveryMs, stop.signal).catch(() => undefined);
    print((await Promise.all(sources.map((source) => source.more()))).flat());
  }
  return 0;
}
