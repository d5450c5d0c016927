import { resolve } from 'node:path';
import { type Clock, kernelReasons, optionError, PlatformError, systemClock } from '@mainstay/kernel';
import { assembleFleet } from './assemble-fleet.ts';
import type { FleetEvent } from './component.ts';
import { startControlServer } from './control/control-server.ts';
import { dataPaths } from './data-dir/data-paths.ts';
import { explainFileError } from './data-dir/prepare.ts';
import type { Fleet } from './fleet.ts';
import { openFleetData } from './fleet-data.ts';
import { readFleetFile } from './fleet-file/read-fleet-file.ts';
import { assignPorts } from './ports.ts';

/** How a fleet is started. */
export interface StartFleetOptions {
  /** Directory of the fleet file. */
  readonly root: string;
  /** Directory of everything the fleet keeps; default the fleet file's `data`, beside it. */
  readonly dataDir?: string;
  /** Moves all fixed ports, 0 to 50,000, default 0. */
  readonly portOffset?: number;
  /** Hosts all services in one process, default false. */
  readonly single?: boolean;
  /** Gives every process a certificate, with which all calls between them are proved and encrypted; default false. */
  readonly mtls?: boolean;
  /** Added to the environment of every process, over everything else. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told what happens, from the first start to the last stop. Must not throw. */
  readonly onEvent?: (event: FleetEvent) => void;
  /** Aborting it while the fleet starts stops what was started and rejects the start. */
  readonly signal?: AbortSignal;
  /** Aborting it at any time ends everything at once, without a drain. */
  readonly forceSignal?: AbortSignal;
  /** Time a process has to become ready, default 120,000 ms: a first start on a slow disk makes databases. */
  readonly startLimitMs?: number;
  /** Time a process has to drain, default 30,000 ms: 5 s more than the service kit's own limit. */
  readonly stopLimitMs?: number;
  readonly clock?: Clock;
}

/**
 * Starts the fleet of a project and keeps it running.
 *
 * Takes the data directory, ends what a killed controller left behind, gives out ports, starts the database and all
 * processes, and resolves when every one is ready and the fleet file's `ready` addresses answer. When one does not get
 * ready everything is stopped again.
 *
 * @throws {@link PlatformError} any reason of this package, in one line a person can act on; `CANCELED` by `signal`.
 * @example
 * await using fleet = await startFleet({ root: '.', dataDir: '/tmp/fleet', portOffset: 1000 });
 * (await fleet.status()).components.map((component) => component.name);
 */
export async function startFleet(options: StartFleetOptions): Promise<Fleet> {
  const { portOffset = 0, clock = systemClock, onEvent = () => undefined, stopLimitMs = 30_000 } = options;
  if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > 50_000) {
    throw optionError('port offset', 'an integer from 0 to 50000', portOffset);
  }
  const root = resolve(options.root);
  const file = readFleetFile(root);
  const paths = dataPaths(resolve(options.dataDir ?? resolve(root, file.data)));

  await using resources = new AsyncDisposableStack();
  // The clock's timers let a process end; the controller must not.
  const keepAlive = setInterval(() => undefined, 60_000);
  resources.defer(() => clearInterval(keepAlive));
  try {
    const data = resources.use(await openFleetData(paths, { clock, stopLimitMs, onEvent }));
    const ports = await assignPorts(file.ports, portOffset);
    const owned = resources.move();
    const fleet = assembleFleet({
      file,
      root,
      data,
      ports,
      portOffset,
      clock,
      onEvent,
      stopLimitMs,
      resources: owned,
      single: options.single ?? false,
      mtls: options.mtls ?? false,
      env: options.env ?? {},
      startLimitMs: options.startLimitMs ?? 120_000,
    });
    options.forceSignal?.addEventListener('abort', () => fleet.kill(), { once: true });
    try {
      owned.use(await startControlServer(paths.socket, fleet, data.logger));
      await bringUp(fleet, options.signal);
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
    return fleet;
  } catch (error) {
    throw explainFileError(error, paths.root);
  }
}

async function bringUp(fleet: Fleet, outer: AbortSignal | undefined): Promise<void> {
  const ended = new AbortController();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    ended.abort();
    aborted.reject(new PlatformError(kernelReasons.CANCELED, 'the start was interrupted'));
  };
  if (outer?.aborted) onAbort();
  outer?.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([aborted.promise, fleet.bringUp(ended.signal)]);
  } finally {
    ended.abort();
    outer?.removeEventListener('abort', onAbort);
  }
}
