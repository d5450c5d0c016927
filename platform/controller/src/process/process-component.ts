import { type Clock, type Logger, PlatformError } from '@mainstay/kernel';
import type {
  Component,
  ComponentHealth,
  ComponentKind,
  ComponentState,
  FleetEvent,
  StartOptions,
} from '../component.ts';
import type { ProcessList } from '../data-dir/process-list.ts';
import { controllerReasons } from '../errors.ts';
import { type CrashHistory, decidePause, noCrashes } from './back-off.ts';
import { probeReadiness } from './probe.ts';
import { type ChildExit, type ReadyMessage, type SpawnedChild, spawnChild } from './spawn-child.ts';

/** A process as the controller starts it. */
export interface ProcessSpec {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly services: readonly string[];
  /** Absolute path of the module to run, then its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Asked at each start, because the database's address is known only once it runs. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly version: string;
  readonly logFile: string;
}

/** What all processes of a fleet share. */
export interface ProcessRuntime {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly processes: ProcessList;
  readonly onEvent: (event: FleetEvent) => void;
  /** Time a process has to become ready, in milliseconds. */
  readonly startLimitMs: number;
  /** Time a process has to drain before it is killed, in milliseconds. */
  readonly stopLimitMs: number;
}

/** Attempts of a start before whoever asked for it is told that it failed. */
const startAttempts = 3;

/**
 * Keeps one process running: starts it, waits until it says that it is ready, starts it again when it ends.
 *
 * A process that never got ready is given up after three attempts, so that a wrong configuration is told at once; one
 * that was ready before is started again for ever, with growing pauses.
 */
export class ProcessComponent implements Component {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly services: readonly string[];
  readonly #spec: ProcessSpec;
  readonly #runtime: ProcessRuntime;
  #state: ComponentState = 'stopped';
  #child: SpawnedChild | undefined;
  #ready: ReadyMessage | undefined;
  #readyAtMs = 0;
  #wasReady = false;
  #attempts = 0;
  #restarts = 0;
  #crashes: CrashHistory = noCrashes;
  #starting: PromiseWithResolvers<void> | undefined;
  #cancelRestart: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(spec: ProcessSpec, runtime: ProcessRuntime) {
    this.name = spec.name;
    this.kind = spec.kind;
    this.services = spec.services;
    this.#spec = spec;
    this.#runtime = runtime;
  }

  /** What its next start would be given, secrets included. */
  environment(): Readonly<Record<string, string>> {
    return this.#spec.env();
  }

  async start(options: StartOptions = {}): Promise<void> {
    await this.#stopping;
    if (this.#state === 'running') return;
    if (this.#state === 'stopped') {
      this.#attempts = 0;
      this.#crashes = noCrashes;
    }
    this.#starting ??= Promise.withResolvers();
    const { promise } = this.#starting;
    if (this.#state === 'stopped' || this.#state === 'waiting') this.#launch(options);
    await promise;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  kill(): void {
    this.#cancelRestart?.();
    if (this.#child === undefined) return;
    this.#state = 'stopping';
    this.#child.signal('SIGKILL');
  }

  async probe(): Promise<ComponentHealth> {
    const ready = this.#ready;
    if (this.#state !== 'running' || ready?.managementUrl === undefined) return 'unknown';
    const health = await probeReadiness(`${ready.managementUrl}/health/ready`);
    return this.#ready === ready ? health : 'unknown';
  }

  status(): ReturnType<Component['status']> {
    const ready = this.#ready;
    return {
      name: this.name,
      kind: this.kind,
      state: this.#state,
      services: this.services,
      pid: this.#child?.pid ?? null,
      instance_id: ready?.instanceId ?? null,
      version: this.#spec.version,
      address: ready?.address ?? null,
      grpc_address: ready?.grpcAddress ?? null,
      management_url: ready?.managementUrl ?? null,
      uptime_ms: ready === undefined ? null : Math.round(this.#runtime.clock.monotonicMs() - this.#readyAtMs),
      restarts: this.#restarts,
    };
  }

  #launch(options: StartOptions): void {
    const { clock, onEvent, processes, startLimitMs } = this.#runtime;
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    this.#state = 'starting';
    this.#attempts++;
    onEvent({ type: 'starting', component: this.name });
    const launchedAtMs = clock.monotonicMs();
    const child: SpawnedChild = spawnChild({
      ...this.#spec,
      env: { ...this.#spec.env(), ...options.env },
      onMoved: (message) => {
        if (this.#child === child && this.#state === 'running') this.#ready = message;
      },
    });
    this.#child = child;
    if (child.pid > 0) processes.add(this.name, child.pid);
    const cancelLimit = clock.after(startLimitMs, () =>
      child.signal('SIGKILL', `it was not ready within ${startLimitMs} ms`),
    );
    void child.ready.then((message) => {
      cancelLimit();
      if (this.#child !== child || this.#state !== 'starting') return;
      this.#becomeReady(message, clock.monotonicMs() - launchedAtMs);
    });
    void child.exited.then((exit) => {
      cancelLimit();
      processes.remove(child.pid);
      this.#onExit(exit, clock.monotonicMs() - launchedAtMs);
    });
  }

  #becomeReady(message: ReadyMessage, tookMs: number): void {
    this.#state = 'running';
    this.#ready = message;
    this.#readyAtMs = this.#runtime.clock.monotonicMs();
    this.#wasReady = true;
    this.#attempts = 0;
    this.#runtime.onEvent({ type: 'ready', component: this.name, tookMs: Math.round(tookMs) });
    this.#starting?.resolve();
    this.#starting = undefined;
  }

  #onExit(exit: ChildExit, ranMs: number): void {
    const { clock, onEvent, random } = this.#runtime;
    this.#child = undefined;
    this.#ready = undefined;
    if (this.#state === 'stopping') {
      this.#state = 'stopped';
      return;
    }
    if (this.#attempts >= startAttempts) {
      const further = this.#wasReady ? ', it is tried again' : '';
      this.#failStart(`${this.name} did not start: ${exit.why}${further}; its log is ${this.#spec.logFile}`);
      if (!this.#wasReady) {
        this.#state = 'stopped';
        return;
      }
    }
    const { pauseMs, history } = decidePause(this.#crashes, ranMs, random());
    this.#crashes = history;
    this.#state = 'waiting';
    onEvent({ type: 'crashed', component: this.name, why: exit.why, restartInMs: pauseMs });
    this.#cancelRestart = clock.after(pauseMs, () => {
      this.#restarts++;
      this.#launch({});
    });
  }

  async #stop(): Promise<void> {
    const { clock, logger, onEvent, stopLimitMs } = this.#runtime;
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    const child = this.#child;
    this.#state = child === undefined ? 'stopped' : 'stopping';
    this.#failStart(`${this.name} was stopped before it was ready`);
    if (child === undefined) return;
    onEvent({ type: 'stopping', component: this.name });
    child.signal('SIGTERM');
    let why: string | undefined;
    const cancelLimit = clock.after(stopLimitMs, () => {
      why = `killed, it did not drain within ${stopLimitMs} ms`;
      logger.error('component did not drain in time', { component: this.name, stopLimitMs });
      child.signal('SIGKILL');
    });
    await child.exited;
    cancelLimit();
    onEvent({ type: 'stopped', component: this.name, ...(why === undefined ? {} : { why }) });
  }

  #failStart(message: string): void {
    const starting = this.#starting;
    this.#starting = undefined;
    starting?.reject(new PlatformError(controllerReasons.FLEET_START_FAILED, message));
  }
}
