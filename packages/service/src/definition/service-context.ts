import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type { ConfigDefinition, ConfigOf } from '@mainstay/config';
import type { Resolver } from '@mainstay/discovery';
import type { Health } from '@mainstay/health';
import type { Clock, LeaseKeeper, Logger, Meter } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { IdentitySigner, IdentityVerifier } from '@mainstay/rpc';
import type { VersionedClient } from '../clients/service-clients.ts';
import type { ServiceEvents } from './declarations.ts';

/** `local` allows demo data and test aids; `production` refuses both. */
export type Mode = 'local' | 'production';

/** What a host gives to the `start` of a service; `C` is its configuration: `ServiceContext<typeof ordersConfig>`. */
export interface ServiceContext<C extends ConfigDefinition> {
  readonly name: string;
  /** Unique per start of the service, as it stands in the registry. */
  readonly instanceId: string;
  readonly version: string;
  readonly mode: Mode;
  /** What every listener of this process binds to, what `--port-offset` adds to fixed ports, and what speaks HTTP to clients. */
  readonly listen: { readonly host: string; readonly portOffset: number; readonly httpEngine: 'node' | 'wire' };
  readonly config: ConfigOf<C>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Readiness and details of this service; the database is checked already. */
  readonly health: Health;
  /**
   * The service's own database, migrated.
   *
   * @throws {@link PlatformError} `internal` / `SERVICE_DATABASE_UNDECLARED` when the definition declares none.
   */
  readonly database: Database;
  /** The same, undefined where none is declared, or no address is configured for one that is optional. */
  readonly databaseIfAny: Database | undefined;
  /**
   * Makes background work of this service run in one instance at a time; kept in its database, by `leaseMigrations`.
   *
   * @throws {@link PlatformError} `internal` / `SERVICE_DATABASE_UNDECLARED` when the definition declares none.
   */
  readonly leases: LeaseKeeper;
  /**
   * Tells what happened, in the transaction of the change.
   *
   * @throws {@link PlatformError} `internal` / `SERVICE_DATABASE_UNDECLARED` when the definition declares none.
   */
  readonly events: ServiceEvents;
  readonly resolver: Resolver;
  /** Signs what this service says about the caller, and verifies what others said. */
  readonly identity: IdentitySigner & IdentityVerifier;
  /** Aborted when the service begins to drain: background loops end, running requests go on. */
  readonly signal: AbortSignal;
  /**
   * A client of another service: in process when it is hosted here, else over the registry and balanced.
   *
   * Errors are PlatformErrors. Asking twice gives the same client. Cost: none until the first call.
   */
  client<S extends DescService>(service: S): Client<S>;
  /**
   * A client of a contract that many services answer, at the service named; for names that come from requests.
   *
   * @throws {@link PlatformError} `unavailable` / `NO_INSTANCE` when there is no such service; executed: no.
   */
  clientOf<S extends DescService>(service: S, name: string): Promise<Client<S>>;
  /**
   * One version of another service, for whoever decides which calls go where; balanced, ejected and counted apart from the others.
   *
   * What its calls need is kept until the process ends, so versions must come from operators, not from requests.
   */
  clientAt<S extends DescService>(service: S, version: string): VersionedClient<S>;
}
