import { randomBytes } from 'node:crypto';
import { type ConfigDefinition, type ConfigValues, configReasons, extendConfig, loadConfig } from '@mainstay/config';
import { fixedPort, isPlatformError, PlatformError } from '@mainstay/kernel';
import type { ServiceDefinition } from '../definition/definition.ts';
import { serviceReasons } from '../errors.ts';
import { type FaultRule, parseFaultPoints } from '../fault-points/parse-fault-points.ts';
import type { CredentialFiles } from '../tls/file-credentials.ts';
import { databaseConfig, optionalDatabaseConfig } from './database-config.ts';
import { type HostConfig, hostConfig } from './host-config.ts';
import { readTlsSettings } from './tls-settings.ts';

/** How a service reaches its database. */
export interface DatabaseSettings {
  readonly url: string;
  /** Absent without any. */
  readonly replicas?: { readonly urls: readonly string[]; readonly maxLagMs: number };
  readonly maxConnections: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** Everything that file and environment say about one process. */
export interface Environment {
  readonly host: HostConfig;
  /** Per service name: its own values, and its database when it declares one. */
  readonly services: ReadonlyMap<string, { readonly config: unknown; readonly database?: DatabaseSettings }>;
  readonly registryAddresses: readonly string[];
  readonly internalKey: Uint8Array;
  /** Nobody gave a key: calls from other processes will not be recognised. */
  readonly isInternalKeyRandom: boolean;
  readonly faultRules: readonly FaultRule[];
  /** Undefined when calls travel in clear text. */
  readonly tlsFiles: CredentialFiles | undefined;
}

/**
 * Reads the sections of the host and of all its services; file and environment, nothing else is looked at.
 *
 * @throws {@link PlatformError} `CONFIG_INVALID` with the problems of all sections at once, `CONFIG_FILE_UNREADABLE`,
 * `FAULT_POINTS_REFUSED`, `INTERNAL_KEY_MISSING`, `CERTIFICATE_INVALID`, `PLAIN_TEXT_REFUSED`.
 */
export function readEnvironment(
  definitions: readonly ServiceDefinition[],
  variables: Readonly<Record<string, string | undefined>>,
): Environment {
  // Test runs leave these to every process they start.
  const env = Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('MAINSTAY_TEST_')));
  const file = env.MAINSTAY_CONFIG === '' ? undefined : env.MAINSTAY_CONFIG;
  const problems: PlatformError[] = [];
  const load = <D extends ConfigDefinition>(definition: D): ConfigValues<D['keys']> | undefined => {
    try {
      return loadConfig(definition, { file, env }) as ConfigValues<D['keys']>;
    } catch (error) {
      if (!isPlatformError(error, configReasons.CONFIG_INVALID)) throw error;
      problems.push(error);
      return undefined;
    }
  };

  const host = load(hostConfig);
  const services = definitions.map((definition) => [definition.name, readService(definition, load)] as const);
  if (problems.length > 0 || host === undefined) throw joined(problems);
  return {
    host,
    services: new Map(services),
    registryAddresses: host.registry_address ?? [`127.0.0.1:${fixedPort('registryGrpc', host.port_offset)}`],
    ...readInternalKey(host),
    faultRules: readFaultRules(host),
    tlsFiles: readTlsSettings(host),
  };
}

function readService(
  definition: ServiceDefinition,
  load: (definition: ConfigDefinition) => ConfigValues<ConfigDefinition['keys']> | undefined,
): { readonly config: unknown; readonly database?: DatabaseSettings } {
  const own: ConfigDefinition = definition.config;
  if (definition.database === undefined) return { config: load(own) };
  const added: ConfigDefinition = definition.database.optional === true ? optionalDatabaseConfig : databaseConfig;
  const values = load(extendConfig(own, added)) as Record<string, unknown> | undefined;
  if (values === undefined) return { config: undefined };
  const config = Object.fromEntries(Object.keys(own.keys).map((key) => [key, values[key]]));
  if (values['database.url'] === undefined) return { config: Object.freeze(config) };
  const urls = values['database.replica_urls'] as readonly string[] | undefined;
  return {
    config: Object.freeze(config),
    database: {
      url: values['database.url'] as string,
      ...(urls !== undefined && { replicas: { urls, maxLagMs: values['database.replica_max_lag_ms'] as number } }),
      maxConnections: values['database.max_connections'] as number,
      acquireTimeoutMs: values['database.acquire_timeout_ms'] as number,
      statementTimeoutMs: values['database.statement_timeout_ms'] as number,
    },
  };
}

function readInternalKey(host: HostConfig): Pick<Environment, 'internalKey' | 'isInternalKeyRandom'> {
  if (host.internal_key !== undefined) {
    return { internalKey: Buffer.from(host.internal_key, 'hex'), isInternalKeyRandom: false };
  }
  if (host.mode === 'production') {
    const message = 'MAINSTAY_INTERNAL_KEY is required in production: 64 hex digits, the same in the whole fleet';
    throw new PlatformError(serviceReasons.INTERNAL_KEY_MISSING, message);
  }
  return { internalKey: randomBytes(32), isInternalKeyRandom: true };
}

function readFaultRules(host: HostConfig): readonly FaultRule[] {
  const rules = parseFaultPoints(host.fault_points);
  if (rules.length > 0 && host.mode === 'production') {
    const message = 'MAINSTAY_FAULT_POINTS is set, which production mode refuses';
    throw new PlatformError(serviceReasons.FAULT_POINTS_REFUSED, message);
  }
  return rules;
}

function joined(problems: readonly PlatformError[]): PlatformError {
  if (problems.length === 1 && problems[0] !== undefined) return problems[0];
  return new PlatformError(configReasons.CONFIG_INVALID, problems.map((problem) => problem.rawMessage).join('; '), {
    violations: problems.flatMap((problem) => problem.violations),
  });
}
