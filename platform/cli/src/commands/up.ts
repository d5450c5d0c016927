import { type Fleet, startFleet } from '@mainstay/controller';
import { isPlatformError, systemClock } from '@mainstay/kernel';
import { ignoreReplaceSignal } from '../ignore-replace-signal.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { printSummary } from '../output/summary.ts';
import type { Terminal } from '../output/terminal.ts';
import { findProject } from '../project.ts';
import { listenToStop } from '../stop-signals.ts';
import { createReporter } from './detached-messages.ts';
import { upDetached } from './up-detached.ts';
import type { UpOptions } from './up-options.ts';

const misdirected = 'SIGUSR2 does nothing here; a gateway replaces its workers when its own process gets it';

/** Starts the fleet and stays until it is stopped; with `--detach` returns when it is ready. */
export async function up(options: UpOptions, terminal: Terminal): Promise<number> {
  if (options.detach === true) return upDetached(options, terminal);
  if (options.reporting === true) return upReporting(options);
  const startedAtMs = systemClock.monotonicMs();
  const progress = createProgress(terminal);
  using stop = listenToStop(() => terminal.line(terminal.paint('faint', 'stopping, Ctrl-C again to end at once')));
  using _ignored = ignoreReplaceSignal(() => terminal.line(terminal.paint('faint', misdirected)));
  const start = startFleet({
    ...fleetOptions(options),
    signal: stop.signal,
    forceSignal: stop.forceSignal,
    onEvent: (event) => progress.onEvent(event),
  });
  const fleet = await start.catch((error: unknown) => endStart(error, progress, stop.signal));
  if (typeof fleet === 'number') return fleet;
  progress.finish();
  const tookMs = systemClock.monotonicMs() - startedAtMs;
  printSummary(terminal, { notes: fleet.notes, status: await fleet.status(), tookMs, isDetached: false });
  return await stayUntilStopped(fleet, stop.signal, () => terminal.line(`${fleet.name} stopped`));
}

/** An interrupted start is what the person asked for; any other end is an error. */
function endStart(error: unknown, progress: Progress, signal: AbortSignal): number {
  progress.finish();
  if (signal.aborted && isPlatformError(error)) return 130;
  throw error;
}

async function stayUntilStopped(fleet: Fleet, signal: AbortSignal, onStopped: () => void): Promise<number> {
  const stop = (): void => void fleet.shutdown();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  await fleet.stopped;
  onStopped();
  return 0;
}

/** The detached controller: no terminal, its parent is told what happens until the fleet is up. */
async function upReporting(options: UpOptions): Promise<number> {
  const reporter = createReporter();
  using stop = listenToStop(() => undefined);
  using _ignored = ignoreReplaceSignal(() => undefined);
  const start = startFleet({
    ...fleetOptions(options),
    signal: AbortSignal.any([stop.signal, reporter.parentGone]),
    forceSignal: stop.forceSignal,
    onEvent: (event) => reporter.send({ type: 'event', event }),
  });
  try {
    await using fleet = await start;
    await reporter.sendLast({ type: 'up', notes: fleet.notes, status: await fleet.status() });
    return await stayUntilStopped(fleet, stop.signal, () => undefined);
  } catch (error) {
    const message = isPlatformError(error) ? error.rawMessage : String(error);
    await reporter.sendLast({ type: 'failed', message });
    return 1;
  }
}

function fleetOptions(options: UpOptions) {
  const { root, dataDir } = findProject(options);
  return {
    root,
    dataDir,
    single: options.single ?? false,
    mtls: options.mtls ?? false,
    portOffset: options.portOffset ?? 0,
  };
}
