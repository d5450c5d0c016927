import type { Bus } from '@mainstay/messaging';

/** The bus of a host, and a way to wake the relay of a service wherever it runs. */
export interface HostBus {
  readonly bus: Bus;
  /** Tells the relay of a service, in whatever process it works, that events wait. */
  wakeRelay(service: string): void;
  /** Calls back when somebody wakes the relay of a service. */
  onWake(service: string, callback: () => void): () => void;
}
