import type { Clock } from '@mainstay/kernel';
import type { Component, ComponentHealth } from '../component.ts';

/** Pause between two rounds, in milliseconds: a person looking at the status sees a change soon enough. */
const roundMs = 2_000;

/** What a health watch needs. */
export interface HealthWatchOptions {
  readonly components: readonly Component[];
  readonly clock: Clock;
  /** Called when the health of a running component changes between ready and anything else. */
  readonly onChange: (component: string, health: ComponentHealth) => void;
}

/** The last known health of each component. */
export interface HealthWatch extends Disposable {
  healthOf(component: string): ComponentHealth;
  /** Asks all now, so that the next reading is fresh. */
  refresh(): Promise<void>;
}

/** Asks every component for its readiness every 2 s. It judges nothing: a process that hangs is shown, not killed. */
export function startHealthWatch({ components, clock, onChange }: HealthWatchOptions): HealthWatch {
  const known = new Map<string, ComponentHealth>();
  let stopped = false;
  let cancel: () => void = () => undefined;

  const probe = async (component: Component): Promise<void> => {
    const health = await component.probe();
    const before = known.get(component.name) ?? 'unknown';
    known.set(component.name, health);
    const changed = before !== health && before !== 'unknown' && health !== 'unknown';
    if (changed && !stopped) onChange(component.name, health);
  };
  const refresh = async (): Promise<void> => {
    await Promise.all(components.map(probe));
  };
  const round = async (): Promise<void> => {
    await refresh();
    if (!stopped) schedule();
  };
  const schedule = (): void => {
    cancel = clock.after(roundMs, () => void round());
  };
  schedule();
  return {
    healthOf: (component) => known.get(component) ?? 'unknown',
    refresh,
    [Symbol.dispose]() {
      stopped = true;
      cancel();
    },
  };
}
