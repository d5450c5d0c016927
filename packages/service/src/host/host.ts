/** One service in a running host. */
export interface HostedService {
  readonly name: string;
  /** Unique per start; the id in the registry. */
  readonly instanceId: string;
  /** URL of its own listener, when it has one. */
  readonly address?: string;
}

/** Services that run together in this process: started, though perhaps not ready yet. */
export interface Host extends AsyncDisposable {
  readonly services: readonly HostedService[];
  /** `host:port` of the gRPC listener; absent when no service answers gRPC. */
  readonly grpcAddress?: string;
  /** Base URL of `/health*`, `/metrics` and `/stats`. */
  readonly managementUrl: string;
  /**
   * Resolves once callers can find every service of this host: each is ready and the registry has taken it in. Resolves
   * as well when the registry is away, for services serve without one, and at the latest after `timeoutMs`; never rejects.
   */
  announced(timeoutMs: number): Promise<void>;
  /**
   * Reads the configuration file again and puts in force what may change while running: `mainstay.balancing`, and the
   * reloadable keys of services that take them.
   *
   * @throws {@link PlatformError} `CONFIG_INVALID`, `CONFIG_FILE_UNREADABLE`; then all stays as it was.
   */
  reload(): void;
  /**
   * Drains and stops everything: leaves the registry, lets running work finish, closes. Never throws; calling it again
   * waits for the same end.
   */
  stop(): Promise<void>;
}
