import { type Clock, type Logger, type Meter, PlatformError } from '@mainstay/kernel';
import { type CredentialSource, serviceUri } from '@mainstay/rpc';
import { serviceReasons } from '../errors.ts';
import { startLoop } from '../loop/start-loop.ts';
import { type CredentialFiles, FileCredentials } from './file-credentials.ts';

/** How a host proves who it is, and knows whom it calls. */
export interface HostTls {
  readonly credentials: CredentialSource;
  /** What a transport to a service of the fleet is told. */
  to(service: string): { readonly credentials: CredentialSource; readonly serverName: string };
  /** For the health page. */
  status(): Readonly<Record<string, unknown>>;
  /** Looks at the files once a second, until disposed of or `signal` aborts. */
  watch(signal: AbortSignal): AsyncDisposable;
}

/** What {@link readHostTls} needs besides the files. */
export interface HostTlsOptions {
  readonly files: CredentialFiles;
  /** Services of this host, all of which the certificate must name. */
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

const lookIntervalMs = 1_000;

/** @throws {@link PlatformError} `CREDENTIALS_INVALID` for files that cannot be used, or that are another service's. */
export function readHostTls(options: HostTlsOptions): HostTls {
  const { files, services, clock, logger } = options;
  const credentials = new FileCredentials(options);
  const { fleet, services: named } = credentials.facts;
  const missing = services.filter((service) => !named.includes(service));
  if (missing.length > 0) {
    const message = `${files.certificate}: the certificate is for ${named.join(' and ')}, this process hosts ${missing.join(' and ')}`;
    throw new PlatformError(serviceReasons.CREDENTIALS_INVALID, message);
  }
  return {
    credentials,
    to: (service) => ({ credentials, serverName: serviceUri({ fleet, service }) }),
    status: () => credentials.status(),
    watch: (signal) =>
      startLoop({
        name: 'watch over the certificate files',
        intervalMs: lookIntervalMs,
        clock,
        logger,
        signal,
        run: async () => credentials.look(),
      }),
  };
}
