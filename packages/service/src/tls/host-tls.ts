import { type CredentialSource, serviceUri } from '@mainstay/rpc';
import { startLoop } from '../loop/start-loop.ts';
import { FileCredentials, type FileCredentialsOptions } from './file-credentials.ts';

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

const lookIntervalMs = 1_000;

/** @throws {@link PlatformError} `CERTIFICATE_INVALID` for files that cannot be used, or that are another service's. */
export function readHostTls(options: FileCredentialsOptions): HostTls {
  const { clock, logger } = options;
  const credentials = new FileCredentials(options);
  const { fleet } = credentials.facts;
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
