import { kernelReasons, PlatformError } from '@mainstay/kernel';
import type { ServiceDefinition } from './definition.ts';

/** How a host is started; all optional except the environment. */
export interface HostOptions {
  /** Environment variables: section `mainstay` and one section per service. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines on the way up, for a person: waiting for the database, migrations applied. Default: none. */
  readonly onProgress?: (line: string) => void;
}

/** One service in a running host. */
export interface HostedService {
  readonly name: string;
  readonly instanceId: string;
  /** URL of its own listener, when it has one. */
  readonly address?: string;
}

/** Services that run together in this process, started and ready. */
export interface Host extends AsyncDisposable {
  readonly services: readonly HostedService[];
  /** `host:port` of the gRPC listener; absent when no service answers gRPC. */
  readonly grpcAddress?: string;
  /** Base URL of `/health*` and `/metrics`. */
  readonly managementUrl: string;
  /** Drains and stops everything; idempotent, the second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts services together in this process.
 *
 * Order: configuration, logger, databases, migrations, `start` of each in the order given, gRPC listener, management
 * port, own readiness, registration. A failure on the way stops what was started, in reverse.
 */
export async function startHost(_definitions: readonly ServiceDefinition[], _options: HostOptions): Promise<Host> {
  throw new PlatformError(kernelReasons.INTERNAL, 'the host is not built yet');
}
