import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CertificateKeeper } from './certificates/certificate-keeper.ts';
import { type DataPaths, logPath } from './data-dir/data-paths.ts';
import type { Secrets } from './data-dir/secrets.ts';
import { fillInAll, type PlaceholderValues } from './fleet-file/placeholders.ts';
import type { FleetFile, FleetProcess } from './fleet-file/schema.ts';
import type { PortNumbers } from './ports.ts';
import type { ProcessSpec } from './process/process-component.ts';

/** Everything that decides how the processes of a fleet are started. */
export interface FleetPlanOptions {
  readonly file: FleetFile;
  readonly root: string;
  readonly paths: DataPaths;
  readonly ports: PortNumbers;
  readonly portOffset: number;
  readonly single: boolean;
  readonly secrets: Secrets;
  /** Added to the environment of every process last. */
  readonly env: Readonly<Record<string, string>>;
  /** Address of a service's database; undefined until the database runs. */
  readonly databaseUrl: (service: string) => string | undefined;
  /** Address of the bus; undefined until the database runs. */
  readonly busUrl: () => string | undefined;
  /** Gives each process its certificate; undefined when calls travel in clear text. */
  readonly certificates: Pick<CertificateKeeper, 'ensure'> | undefined;
}

/** A process and what it waits for. */
export interface PlannedProcess {
  readonly spec: ProcessSpec;
  /** Others wait until it is ready. */
  readonly first: boolean;
  readonly needsDatabase: boolean;
}

/** Version of the project, from the `package.json` beside the fleet file. */
export function projectVersion(root: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : '0.0.0';
  } catch {
    // A fleet needs no package.json; the version is for people only.
    return '0.0.0';
  }
}

/** Values for the placeholders of a fleet file; makes the secrets that it asks for. */
export function placeholderValues(options: FleetPlanOptions): PlaceholderValues {
  const { file, paths, ports, portOffset, root, secrets } = options;
  const values: Record<string, string> = { data: paths.root, root, offset: String(portOffset) };
  for (const [name, port] of Object.entries(ports)) values[`port.${name}`] = String(port);
  for (const name of file.secrets) values[`secret.${name}`] = secrets.get(name);
  return values;
}

/** Decides which processes there are: one for each entry, or one for all definitions when `single`. */
export function planProcesses(options: FleetPlanOptions): PlannedProcess[] {
  const { file } = options;
  const isHosted = (entry: FleetProcess): boolean => options.single && entry.definition !== undefined;
  const planned = file.processes.filter((entry) => !isHosted(entry)).map((entry) => planAlone(entry, options));
  const hosted = file.processes.filter(isHosted);
  return hosted.length === 0 ? planned : [...planned, planTogether(hosted, options)];
}

function planAlone(entry: FleetProcess, options: FleetPlanOptions): PlannedProcess {
  const spec: ProcessSpec = {
    name: entry.name,
    kind: entry.kind,
    services: [entry.name],
    command: [resolve(options.root, entry.entry)],
    ...common(entry.name, [entry], options),
  };
  return { spec, first: entry.first, needsDatabase: entry.database };
}

function planTogether(entries: readonly FleetProcess[], options: FleetPlanOptions): PlannedProcess {
  const { name } = options.file;
  const spec: ProcessSpec = {
    name,
    kind: 'service',
    services: entries.map((entry) => entry.name),
    command: [
      fileURLToPath(new URL('./single/main.ts', import.meta.url)),
      ...entries.map((entry) => resolve(options.root, entry.definition ?? '')),
    ],
    ...common(name, entries, options),
  };
  return { spec, first: false, needsDatabase: entries.some((entry) => entry.database) };
}

function common(name: string, entries: readonly FleetProcess[], options: FleetPlanOptions) {
  const { root, paths } = options;
  return {
    cwd: root,
    version: projectVersion(root),
    logFile: logPath(paths, name),
    env: () => environmentOf(name, entries, options),
  };
}

/** The shell's environment, then the platform's, the fleet file's, addresses of databases and bus, and the caller's. */
function environmentOf(
  name: string,
  entries: readonly FleetProcess[],
  options: FleetPlanOptions,
): Record<string, string> {
  const { file, portOffset, root, secrets } = options;
  const values = placeholderValues(options);
  // Compiled sources are kept for the project, not for the data directory, so that a fresh fleet starts fast too.
  const env: Record<string, string> = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'mainstay') };
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  if (entries.some((entry) => entry.kind !== 'external')) {
    Object.assign(env, {
      MAINSTAY_MODE: 'local',
      MAINSTAY_INTERNAL_KEY: secrets.get('internal_key'),
      MAINSTAY_PORT_OFFSET: String(portOffset),
      MAINSTAY_VERSION: projectVersion(root),
    });
    Object.assign(env, tlsEnvironment(name, entries, options), fillInAll(file.environment, values));
  }
  const busUrl = entries.some((entry) => entry.database) ? options.busUrl() : undefined;
  // A NATS, for example, that somebody names in the shell or the fleet file.
  if (busUrl !== undefined) env.MAINSTAY_BUS_URL ??= busUrl;
  for (const entry of entries) {
    Object.assign(env, fillInAll(entry.environment, values));
    const url = entry.database ? options.databaseUrl(entry.name) : undefined;
    if (url !== undefined) env[`${entry.name.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`] = url;
  }
  return { ...env, ...options.env };
}

function tlsEnvironment(
  name: string,
  entries: readonly FleetProcess[],
  { certificates }: FleetPlanOptions,
): Record<string, string> {
  const services = entries.filter(({ kind }) => kind !== 'external').map((entry) => entry.name);
  const files = certificates?.ensure(name, services);
  if (files === undefined) return {};
  return {
    MAINSTAY_TLS_CERT: files.certificate,
    MAINSTAY_TLS_KEY: files.key,
    MAINSTAY_TLS_CA: files.authority,
  };
}
