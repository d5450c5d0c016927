import type { Clock, Logger } from '@mainstay/kernel';
import { type Database, openDatabase } from '@mainstay/postgres';
import { type EmbeddedPostgres, ensureServiceDatabase, startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import type { Component, ComponentHealth, ComponentState, FleetEvent } from '../component.ts';
import type { Secrets } from '../data-dir/secrets.ts';
import { type CrashHistory, decidePause, noCrashes } from '../process/back-off.ts';

/** How the database of a fleet runs. */
export interface DatabaseComponentOptions {
  readonly dataDir: string;
  /** Services that get a database and a role of their own; beside theirs there is one for events, the bus. */
  readonly services: readonly string[];
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly onEvent: (event: FleetEvent) => void;
}

/** Database and role that all of these services share, for the events that they tell each other. */
const busName = 'bus';
/** Name of the database in the status and in commands. */
const databaseName = 'postgres';

/**
 * Keeps the embedded PostgreSQL running, with a database and a role for each service that asks for one,
 * and one for the bus.
 *
 * Its port is chosen at the first start and kept while the controller lives, so that services find it again after it
 * was stopped or has crashed.
 */
export class DatabaseComponent implements Component {
  readonly name = databaseName;
  readonly kind = 'database';
  readonly services: readonly string[] = [];
  readonly #options: DatabaseComponentOptions;
  readonly #urls = new Map<string, string>();
  #state: ComponentState = 'stopped';
  #server: EmbeddedPostgres | undefined;
  #probe: Database | undefined;
  #port = 0;
  #readyAtMs = 0;
  #restarts = 0;
  #crashes: CrashHistory = noCrashes;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #cancelRestart: (() => void) | undefined;

  constructor(options: DatabaseComponentOptions) {
    this.#options = options;
  }

  /** Address of a service's role on its own database; undefined before the first start. Never log it. */
  urlOf(service: string): string | undefined {
    return this.#urls.get(service);
  }

  /** Address of the bus; undefined before the first start. Never log it. */
  busUrl(): string | undefined {
    return this.#urls.get(busName);
  }

  /** Address of the superuser; undefined while the server is down. Never log it. */
  adminUrl(): string | undefined {
    return this.#server?.url;
  }

  async start(): Promise<void> {
    await this.#stopping;
    if (this.#state === 'running') return;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  kill(): void {
    this.#cancelRestart?.();
    if (this.#server === undefined || this.#server.pid === 0) return;
    this.#state = 'stopping';
    // An immediate shutdown: nothing is lost, the next start replays the log.
    process.kill(this.#server.pid, 'SIGQUIT');
  }

  async probe(): Promise<ComponentHealth> {
    const probe = this.#probe;
    if (this.#state !== 'running' || probe === undefined) return 'unknown';
    try {
      await probe.ping(AbortSignal.timeout(1_500));
      return 'ready';
    } catch {
      // Whatever it was, it did not answer.
      return this.#probe === probe ? 'unreachable' : 'unknown';
    }
  }

  status(): ReturnType<Component['status']> {
    const server = this.#server;
    return {
      name: this.name,
      kind: this.kind,
      state: this.#state,
      services: this.services,
      pid: server?.pid ?? null,
      instance_id: server === undefined ? null : `${this.name}-${server.port}`,
      version: null,
      address: server === undefined ? null : `postgres://127.0.0.1:${server.port}`,
      grpc_address: null,
      management_url: null,
      uptime_ms: server === undefined ? null : Math.round(this.#options.clock.monotonicMs() - this.#readyAtMs),
      restarts: this.#restarts,
    };
  }

  async #start(): Promise<void> {
    const { dataDir, clock, logger, onEvent, secrets, services } = this.#options;
    this.#cancelRestart?.();
    this.#state = 'starting';
    onEvent({ type: 'starting', component: this.name });
    const startedAtMs = clock.monotonicMs();
    const onLine = (line: string): void => logger.debug('postgres', { line });
    try {
      const server = await startEmbeddedPostgres({ dataDir, port: this.#port, logger, onLine });
      this.#server = server;
      this.#port = server.port;
      this.#watch(server);
      for (const service of [...services, busName]) {
        const password = secrets.get(`database.${service}`);
        this.#urls.set(service, (await ensureServiceDatabase({ adminUrl: server.url, service, password })).url);
      }
      this.#probe = await openDatabase({ url: server.url, name: 'controller', maxConnections: 1, logger });
    } catch (error) {
      await this.#server?.[Symbol.asyncDispose]();
      this.#server = undefined;
      this.#state = 'stopped';
      throw error;
    }
    this.#state = 'running';
    this.#readyAtMs = clock.monotonicMs();
    onEvent({ type: 'ready', component: this.name, tookMs: Math.round(this.#readyAtMs - startedAtMs) });
  }

  async #stop(): Promise<void> {
    this.#cancelRestart?.();
    // A start under way ends first; its failure was told to whoever asked for it.
    await this.#starting?.catch(() => undefined);
    const server = this.#server;
    this.#state = server === undefined ? 'stopped' : 'stopping';
    if (server === undefined) return;
    this.#options.onEvent({ type: 'stopping', component: this.name });
    await this.#closeProbe();
    await server[Symbol.asyncDispose]();
    this.#server = undefined;
    this.#state = 'stopped';
    this.#options.onEvent({ type: 'stopped', component: this.name });
  }

  #watch(server: EmbeddedPostgres): void {
    const onEnd = async (said: string): Promise<void> => {
      if (this.#server !== server || this.#state !== 'running') return;
      const { clock, logger } = this.#options;
      const ranMs = clock.monotonicMs() - this.#readyAtMs;
      logger.error('PostgreSQL ended by itself', { said: said.split('\n').slice(-5) });
      this.#state = 'waiting';
      await this.#closeProbe();
      await server[Symbol.asyncDispose]();
      this.#server = undefined;
      this.#restartAfter(ranMs, 'it ended by itself');
    };
    server.ended.then(onEnd, (error: unknown) => onEnd(String(error)));
  }

  #restartAfter(ranMs: number, why: string): void {
    const { clock, logger, random, onEvent } = this.#options;
    const { pauseMs, history } = decidePause(this.#crashes, ranMs, random());
    this.#crashes = history;
    this.#state = 'waiting';
    onEvent({ type: 'crashed', component: this.name, why, restartInMs: pauseMs });
    this.#cancelRestart = clock.after(pauseMs, () => {
      this.#restarts++;
      this.start().catch((error: unknown) => {
        logger.error('PostgreSQL did not start again', { error });
        this.#restartAfter(0, error instanceof Error ? error.message : String(error));
      });
    });
  }

  async #closeProbe(): Promise<void> {
    const probe = this.#probe;
    this.#probe = undefined;
    await probe?.[Symbol.asyncDispose]();
  }
}
