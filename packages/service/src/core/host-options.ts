import type { Clock } from '@mainstay/kernel';

/** How a host is started; only the environment is required. */
export interface HostOptions {
  /** Environment variables: section `mainstay` and one section per service. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told on the way up, for a person: waiting for a database, migrations applied. Default: nothing is told. */
  readonly onProgress?: (line: string) => void;
  /** Aborts a start that is under way; the start then fails with `HOST_START_CANCELED`. */
  readonly signal?: AbortSignal;
  /** Where log lines go, default standard output. */
  readonly logDestination?: { write(line: string): void };
  /** Default the machine's clock. */
  readonly clock?: Clock;
}
