import { controllerReasons, createControlClient } from '@mainstay/controller/client';
import { isPlatformError, systemClock } from '@mainstay/kernel';
import type { Terminal } from '../output/terminal.ts';
import { showDuration } from '../output/units.ts';
import { findProject, type ProjectOptions } from '../project.ts';

/** Stops the fleet and waits until nothing of it runs; that none runs is said, and no failure. */
export async function down(options: ProjectOptions, terminal: Terminal): Promise<number> {
  const { dataDir } = findProject(options);
  const startedAtMs = systemClock.monotonicMs();
  try {
    await createControlClient(dataDir).shutdown();
  } catch (error) {
    if (!isPlatformError(error, controllerReasons.FLEET_NOT_RUNNING)) throw error;
    terminal.line(`no fleet is running on ${dataDir}, nothing to stop`);
    return 0;
  }
  terminal.line(`stopped after ${showDuration(systemClock.monotonicMs() - startedAtMs)}`);
  return 0;
}
