import { createLogger } from '@mainstay/telemetry';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { Host } from '../host/host.ts';
import { startHost } from '../host/start-host.ts';
import { describeFailure } from './describe-failure.ts';
import { tellParent } from './parent.ts';
import { listenToStopSignals } from './stop-signals.ts';

/** Longest wait until callers can find the services, in milliseconds; a registry that is away delays no start by more. */
const announcedWithinMs = 3_000;

/**
 * Runs services as this process, for `main.ts`: reads the environment, starts, drains on SIGTERM or SIGINT.
 *
 * Ends the process: 0 after a drain, 1 for a start error that one line on stderr explains, 2 for a bug (an exception
 * that nobody caught), which is logged. A second SIGTERM or SIGINT ends it at once with 128 + the signal's number.
 * When started with a channel, the parent is told `mainstay.ready` once callers can find the services, or
 * `mainstay.failed`, and the end of the parent counts as SIGTERM. SIGHUP reads the configuration file again, as a change of the file does; a wrong one is logged and changes nothing.
 *
 * @example
 * await hostProcess([ordersService]);
 */
export async function hostProcess(definitions: readonly ServiceDefinition[]): Promise<void> {
  const names = definitions.map(({ name }) => name);
  const crash = (kind: string) => (error: unknown) => {
    createLogger({ service: names.join('+') }).error('the process ends because of a bug', { kind, error });
    process.exit(2);
  };
  process.on('uncaughtException', crash('uncaughtException'));
  process.on('unhandledRejection', crash('unhandledRejection'));

  const starting = new AbortController();
  let host: Host | undefined;
  listenToStopSignals({
    onStop() {
      starting.abort();
      if (host !== undefined) void stop(host);
    },
    onForce: (cause) => process.exit(cause === 'SIGINT' ? 130 : 143),
  });
  // Without a file there is nothing to read again, and the end of a terminal ends the process as usual.
  if (process.env.MAINSTAY_CONFIG) process.on('SIGHUP', () => reload(host));

  try {
    host = await startHost(definitions, { env: process.env, signal: starting.signal });
  } catch (error) {
    if (starting.signal.aborted) process.exit(0);
    const failure = describeFailure(names, error);
    process.stderr.write(`${failure.text}\n`);
    await tellParent({ type: 'mainstay.failed', message: failure.text });
    process.exit(failure.exitCode);
  }
  if (!starting.signal.aborted) await host.announced(announcedWithinMs);
  if (starting.signal.aborted) return stop(host);
  await tellParent({
    type: 'mainstay.ready',
    instanceId: host.services[0]?.instanceId ?? '',
    services: names,
    grpcAddress: host.grpcAddress,
    managementUrl: host.managementUrl,
    address: host.services.find(({ address }) => address !== undefined)?.address,
  });
}

function reload(host: Host | undefined): void {
  try {
    host?.reload();
  } catch {
    // The host has logged why, and shows it at `/config`.
  }
}

async function stop(host: Host): Promise<void> {
  await host.stop();
  process.exit(0);
}
