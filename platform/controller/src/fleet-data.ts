import type { Clock, Logger } from '@mainstay/kernel';
import type { FleetEvent } from './component.ts';
import { type DataPaths, logPath } from './data-dir/data-paths.ts';
import { takeLock } from './data-dir/lock.ts';
import { prepareDataDir } from './data-dir/prepare.ts';
import { ProcessList } from './data-dir/process-list.ts';
import { Secrets } from './data-dir/secrets.ts';
import { openControllerLog } from './logs/controller-log.ts';
import { startLogRotation } from './logs/log-rotation.ts';

/** A data directory that this process owns. */
export interface FleetData extends AsyncDisposable {
  readonly paths: DataPaths;
  readonly logger: Logger;
  readonly processes: ProcessList;
  readonly secrets: Secrets;
}

/** What {@link openFleetData} needs besides the paths. */
export interface FleetDataOptions {
  readonly clock: Clock;
  /** Time that processes an earlier controller left behind get to drain, in milliseconds. */
  readonly stopLimitMs: number;
  readonly onEvent: (event: FleetEvent) => void;
}

/** Takes a data directory for this process and ends what a killed controller left running there. */
export async function openFleetData(paths: DataPaths, options: FleetDataOptions): Promise<FleetData> {
  const { clock, stopLimitMs, onEvent } = options;
  await prepareDataDir(paths);
  await using resources = new AsyncDisposableStack();
  resources.use(takeLock(paths.lock));
  const { logger } = resources.use(openControllerLog(logPath(paths, 'controller')));
  const processes = new ProcessList(paths.processes);
  for (const component of await processes.endLeftovers(clock, stopLimitMs)) {
    logger.warn('ended what an earlier run left behind', { component });
    onEvent({ type: 'progress', component, line: 'ended, an earlier run had left it behind' });
  }
  resources.use(startLogRotation(paths.logs, clock, logger));
  const secrets = new Secrets(paths.secrets);
  const owned = resources.move();
  return { paths, logger, processes, secrets, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
