import type { Clock } from '@mainstay/kernel';
import { CertificateFolder } from './certificates/certificate-folder.ts';
import { CertificateKeeper } from './certificates/certificate-keeper.ts';
import type { FleetEvent } from './component.ts';
import { Fleet } from './fleet.ts';
import { FleetComponents } from './fleet-components.ts';
import type { FleetData } from './fleet-data.ts';
import { fillIn } from './fleet-file/placeholders.ts';
import type { FleetFile } from './fleet-file/schema.ts';
import { type FleetPlanOptions, placeholderValues, planProcesses, projectVersion } from './fleet-plan.ts';
import type { PortNumbers } from './ports.ts';
import { DatabaseComponent } from './postgres/database-component.ts';
import { startHealthWatch } from './process/health-watch.ts';
import { ProcessComponent, type ProcessRuntime } from './process/process-component.ts';

/** What a fleet is put together from. */
export interface AssembleOptions {
  readonly file: FleetFile;
  readonly root: string;
  readonly data: FleetData;
  readonly ports: PortNumbers;
  readonly portOffset: number;
  readonly single: boolean;
  readonly mtls: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly startLimitMs: number;
  readonly stopLimitMs: number;
  readonly onEvent: (event: FleetEvent) => void;
  readonly clock: Clock;
  /** Given back once everything is stopped. */
  readonly resources: AsyncDisposableStack;
}

/** Puts a fleet together; starts nothing but the watch over its health. */
export function assembleFleet(options: AssembleOptions): Fleet {
  const { file, root, data, ports, portOffset, single, env, clock, resources } = options;
  const { paths, logger, secrets } = data;
  const onEvent = (event: FleetEvent): void => {
    const { type, ...fields } = event;
    if (type === 'crashed') logger.warn(type, fields);
    else logger.info(type, fields);
    options.onEvent(event);
  };
  const runtime: ProcessRuntime = {
    clock,
    logger,
    random: Math.random,
    onEvent,
    processes: data.processes,
    startLimitMs: options.startLimitMs,
    stopLimitMs: options.stopLimitMs,
  };
  const database = createDatabase(options, runtime);
  const keeper = options.mtls ? resources.use(keepCertificates(options)) : undefined;
  const plan: FleetPlanOptions = {
    file,
    root,
    paths,
    ports,
    portOffset,
    single,
    secrets,
    env,
    databaseUrl: (service) => database?.urlOf(service),
    busUrl: () => database?.busUrl(),
    certificates: keeper,
  };
  const members = planProcesses(plan).map(({ spec, first, needsDatabase }) => ({
    component: new ProcessComponent(spec, runtime),
    first,
    needsDatabase,
  }));
  const components = new FleetComponents(members, database);
  const health = startHealthWatch({
    components: components.all,
    clock,
    onChange: (component, state) => onEvent({ type: 'progress', component, line: `is ${state.replace('_', ' ')}` }),
  });
  const values = placeholderValues(plan);
  return new Fleet({
    components,
    database,
    health,
    clock,
    logger,
    resources,
    ports,
    portOffset,
    single,
    name: file.name,
    version: projectVersion(root),
    dataDir: paths.root,
    notes: file.notes.map(({ title, lines }) => ({ title, lines: lines.map((line) => fillIn(line, values)) })),
    readyChecks: file.ready.map(({ what, url }) => ({ what, url: fillIn(url, values) })),
  });
}

function keepCertificates({ file, data, clock }: AssembleOptions): CertificateKeeper {
  const folder = new CertificateFolder(data.paths.certificates, file.name);
  return new CertificateKeeper({ folder, clock, logger: data.logger });
}

function createDatabase({ file, data }: AssembleOptions, runtime: ProcessRuntime): DatabaseComponent | undefined {
  const services = file.processes.filter((entry) => entry.database).map((entry) => entry.name);
  if (services.length === 0) return undefined;
  const { clock, logger, random, onEvent } = runtime;
  const { paths, secrets } = data;
  return new DatabaseComponent({ dataDir: paths.postgres, services, secrets, clock, logger, random, onEvent });
}
