import type { Bus, Wakes } from '@mainstay/messaging';

/** The bus of a host, and a way to wake background work wherever it runs. */
export interface HostBus {
  readonly bus: Bus;
  /** Wakes one kind of work of a service, in whatever process does it. */
  wakesOf(work: string): Wakes;
}
