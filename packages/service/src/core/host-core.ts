import { type Clock, type Logger, setFaultHandler, systemClock } from '@mainstay/kernel';
import { createInternalIdentity, type IdentitySigner, type IdentityVerifier } from '@mainstay/rpc';
import { createLogger, createMeter, type ExposableMeter } from '@mainstay/telemetry';
import type { ServiceDefinition } from '../definition/definition.ts';
import { type Environment, readEnvironment } from '../environment/read-environment.ts';
import { createFaultHandler } from '../fault-points/fault-handler.ts';
import { createHostHealth, type HostHealth } from '../lifecycle/host-health.ts';
import type { WaitOptions } from '../lifecycle/wait-for.ts';
import { admissionOf, HostAdmission } from '../protection/host-admission.ts';
import { createHostProtections, type HostProtections } from '../protection/host-protections.ts';
import { type HostTls, readHostTls } from '../tls/host-tls.ts';
import { createHostUpstreams, type HostUpstreams } from '../upstreams/host-upstreams.ts';
import type { HostOptions } from './host-options.ts';

/** What all services of a host share. */
export interface HostCore {
  readonly environment: Environment;
  /** What `environment` was read from, with the file that it names. */
  readonly variables: HostOptions['env'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: ExposableMeter;
  readonly health: HostHealth;
  readonly upstreams: HostUpstreams;
  readonly protections: HostProtections;
  /** Which calls the process takes; whoever closes the host disposes of it. */
  readonly admission: HostAdmission;
  /** How calls are proved and encrypted; undefined when they travel in clear text. */
  readonly tls: HostTls | undefined;
  readonly onProgress: (line: string) => void;
  /** Aborted when the start is called off or the host begins to drain. */
  readonly ending: AbortController;
  loggerOf(service: string, fields: Readonly<Record<string, unknown>>): Logger;
  identityOf(service: string): IdentitySigner & IdentityVerifier;
}

/** How a start waits for what other processes of the fleet provide. */
export function waitOf({ clock, environment, onProgress, ending }: HostCore): WaitOptions {
  return { clock, limitMs: environment.host.database_wait_ms, onWaiting: onProgress, signal: ending.signal };
}

/** Reads the environment and makes what needs nothing else; opens nothing. */
export function createHostCore(definitions: readonly ServiceDefinition[], options: HostOptions): HostCore {
  const environment = readEnvironment(definitions, options.env);
  const clock = options.clock ?? systemClock;
  const level = environment.host.log_level;
  const destination = options.logDestination;
  const loggerOf: HostCore['loggerOf'] = (service, fields) =>
    createLogger({ service, level, fields, ...(destination === undefined ? {} : { destination }) });
  const logger = loggerOf(definitions.length === 1 ? (definitions[0]?.name ?? 'host') : 'host', {});
  const meter = createMeter();
  const services = definitions.map(({ name }) => name);
  const files = environment.tlsFiles;
  return {
    environment,
    variables: options.env,
    clock,
    logger,
    loggerOf,
    meter,
    health: createHostHealth(definitions, clock),
    upstreams: createHostUpstreams(environment.host.balancing),
    protections: createHostProtections(environment.host.protection),
    admission: new HostAdmission(admissionOf(environment.host), { clock, meter }),
    tls: files === undefined ? undefined : readHostTls({ files, services, clock, logger, meter }),
    ending: new AbortController(),
    identityOf: (service) => createInternalIdentity({ key: environment.internalKey, service, clock }),
    onProgress(line) {
      logger.info(line);
      options.onProgress?.(line);
    },
  };
}

/** Sets the fault points of the environment, and says so; disposing clears them. */
export function installFaultPoints({ environment, clock, logger }: HostCore): Disposable {
  const rules = environment.faultRules;
  if (rules.length === 0) return { [Symbol.dispose]: () => undefined };
  logger.warn('fault points are set', { points: rules.map((rule) => rule.name) });
  setFaultHandler(createFaultHandler({ rules, clock, logger }));
  return { [Symbol.dispose]: () => setFaultHandler(undefined) };
}
