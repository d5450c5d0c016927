import { countPolicyEvents, createLoadShedder, type LoadShedder } from '@mainstay/resilience';
import type { HostCore } from '../host/host-core.ts';

/** Makes the load shedder of a process and shows it at `/health`; undefined when the configuration switches it off. */
export function openLoadShedder(core: HostCore, parts: AsyncDisposableStack): LoadShedder | undefined {
  const { clock, meter, health, environment } = core;
  const fullLagMs = environment.host.shed_lag_ms;
  if (fullLagMs === 0) return undefined;
  const shedder = createLoadShedder({ name: 'process', fullLagMs, clock, onEvent: countPolicyEvents(meter) });
  parts.use(shedder);
  health.process.addDetail('load', () => shedder.snapshot());
  return shedder;
}
