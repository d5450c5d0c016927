import { createHealth, type Health } from '@mainstay/health';
import { type Clock, PlatformError } from '@mainstay/kernel';
import type { ServiceDefinition } from '../definition/definition.ts';
import { serviceReasons } from '../errors.ts';

/** Health of a process and of each service in it. */
export interface HostHealth {
  /** What the management port shows: ready when every service is. */
  readonly process: Health;
  /** Health of one service; the process's own when it is alone. */
  of(name: string): Health;
  /** All of them. */
  readonly all: readonly Health[];
}

/** Makes one health per service, and one over them when there are several. */
export function createHostHealth(definitions: readonly ServiceDefinition[], clock: Clock): HostHealth {
  const own = new Map(
    definitions.map(({ name, version }) => [name, createHealth({ clock, service: name, version })] as const),
  );
  const [only] = own.values();
  if (own.size === 1 && only !== undefined) return { process: only, of: () => only, all: [only] };

  const process = createHealth({ clock, service: [...own.keys()].join('+') });
  const shown = new Map([...own].map(([name, health]) => [name, showIn(process, name, health)] as const));
  return { process, of: (name) => shown.get(name) ?? process, all: [process, ...own.values()] };
}

/** Makes the process ready only when the service is, and shows the service's details and liveness on its pages. */
function showIn(process: Health, name: string, health: Health): Health {
  process.addReadinessCheck(name, () => requireReady(name, health), { cacheMs: 0, timeoutMs: 4_000 });
  return {
    ...health,
    addDetail: (detail, read) => process.addDetail(`${name}.${detail}`, read),
    addLivenessCheck: (check, run, options) => process.addLivenessCheck(`${name}.${check}`, run, options),
  };
}

async function requireReady(name: string, health: Health): Promise<void> {
  const { status, reason } = await health.ready();
  if (status === 'down') throw new PlatformError(serviceReasons.SERVICE_NOT_READY, `${name}: ${reason ?? 'not ready'}`);
}
