import type { MessageInitShape } from '@bufbuild/protobuf';
import { type InstanceSchema, InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';
import {
  type Clock,
  createPause,
  isPlatformError,
  type Logger,
  silentLogger,
  systemClock,
  toPlatformError,
  uuidv7,
  withTimeout,
} from '@mainstay/kernel';
import { backOffMs } from '../back-off.ts';
import type { RegistryApi } from '../registry-api.ts';

/** State an instance reports of itself. */
export type ReportedState = 'healthy' | 'degraded' | 'draining' | 'unhealthy';

/** What is sent with every heartbeat. */
export interface InstanceReport {
  readonly state: ReportedState;
  /** Calls in flight. */
  readonly load: number;
}

/** How {@link createRegistration} is set up. */
export interface RegistrationOptions {
  readonly api: RegistryApi;
  /** Service, address, management URL and metadata; an `id` is made when it has none and kept for the whole life. */
  readonly instance: MessageInitShape<typeof InstanceSchema>;
  /** Asked before every heartbeat. */
  readonly report: () => InstanceReport;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/** Where a registration stands, for the health page. */
export interface RegistrationStatus {
  readonly state: 'idle' | 'registering' | 'registered' | 'stopped';
  readonly instanceId: string;
  /** Failed tries in a row. */
  readonly failures: number;
  /** Message of the last failure; undefined after a success. */
  readonly lastError: string | undefined;
  /** Time since the registry last answered, in milliseconds; undefined before. */
  readonly lastAnswerAgoMs: number | undefined;
}

/** Keeps one instance in the registry. */
export interface Registration extends AsyncDisposable {
  /** Registers and beats from now on; calling it again does nothing. Returns at once: it retries until it is stopped. */
  start(): void;
  /** Overrules the reported state and tells the registry at once; undefined goes back to the report. */
  setState(state: ReportedState | undefined): void;
  /** Ends the beats and takes the instance out; calling it again waits for the same end. Never throws. */
  stop(): Promise<void>;
  /**
   * Resolves once the registry has taken the instance in or could not be reached at the first try, at the latest after
   * `timeoutMs` or when it is stopped; never rejects. After it, `status()` tells which it was.
   */
  settled(timeoutMs: number): Promise<void>;
  status(): RegistrationStatus;
}

const states: Readonly<Record<ReportedState, InstanceState>> = {
  healthy: InstanceState.HEALTHY,
  degraded: InstanceState.DEGRADED,
  draining: InstanceState.DRAINING,
  unhealthy: InstanceState.UNHEALTHY,
};

/** Limit of each call to the registry. */
const callTimeoutMs = 3_000;
/** Used when a registry names no interval. */
const defaultIntervalMs = 15_000;
/** Pauses after failures: a restarted registry has all instances back within one heartbeat and five seconds. */
const pauses = { baseMs: 250, maxMs: 5_000 };

/**
 * Makes a registration; call `start` when the instance is ready to serve.
 *
 * One loop does everything: register, retried with growing pauses; beat at the interval the registry names, a little
 * early at random; register again when the registry answers that it does not know the instance.
 *
 * @example
 * const registration = createRegistration({ api, instance: { service: 'orders', address }, report });
 * registration.start();
 */
export function createRegistration(options: RegistrationOptions): Registration {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const instanceId = options.instance.id || uuidv7(clock);
  const service = options.instance.service ?? '';
  const logger = (options.logger ?? silentLogger).child({ instanceId, registeredService: service });
  const controller = new AbortController();
  const pause = createPause(clock, controller.signal);
  let override: ReportedState | undefined;
  let state: RegistrationStatus['state'] = 'idle';
  let intervalMs = defaultIntervalMs;
  let failures = 0;
  let lastError: string | undefined;
  let lastAnswerAtMs: number | undefined;
  let loop: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  const firstOutcome = Promise.withResolvers<void>();

  const limited = <T>(run: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> =>
    withTimeout(callTimeoutMs, run, { clock, what: 'the registry', ...(signal && { signal }) });

  const report = (): { state: InstanceState; load: number } => {
    const { state: reported, load } = options.report();
    return { state: states[override ?? reported], load };
  };

  const register = async (): Promise<void> => {
    const instance = { ...options.instance, id: instanceId, ...report() };
    const answer = await limited((signal) => options.api.register({ instance }, signal), controller.signal);
    intervalMs = answer.heartbeatIntervalMs || defaultIntervalMs;
    state = 'registered';
    logger.info('registered', { address: options.instance.address, created: answer.created, intervalMs });
  };

  const beat = async (): Promise<void> => {
    const request = { service, instanceId, ...report() };
    try {
      const answer = await limited((signal) => options.api.heartbeat(request, signal), controller.signal);
      intervalMs = answer.heartbeatIntervalMs || intervalMs;
    } catch (error) {
      if (!isUnknownInstance(error)) throw error;
      logger.warn('the registry does not know this instance, registering again');
      state = 'registering';
      await register();
    }
  };

  const isRegistered = (): boolean => state === 'registered';

  const run = async (): Promise<void> => {
    state = 'registering';
    while (!controller.signal.aborted) {
      try {
        await (isRegistered() ? beat() : register());
        failures = 0;
        lastError = undefined;
        lastAnswerAtMs = clock.monotonicMs();
      } catch (error) {
        if (controller.signal.aborted) return;
        failures++;
        lastError = toPlatformError(error).message;
        if (failures === 1) logger.warn('the registry cannot be reached, trying again', { error: lastError });
      }
      firstOutcome.resolve();
      // Up to a tenth early, so that a fleet started at one moment does not beat at one moment.
      const pauseMs = failures > 0 ? backOffMs(failures, { ...pauses, random }) : intervalMs * (1 - 0.1 * random());
      await pause.wait(Math.min(pauseMs, intervalMs));
    }
  };

  const deregister = async (): Promise<void> => {
    try {
      await limited((signal) => options.api.deregister({ service, instanceId }, signal));
      logger.info('deregistered');
    } catch (error) {
      // The registry removes a silent instance by itself, so a stop never fails over this.
      logger.warn('deregistering failed', { error: toPlatformError(error).message });
    }
  };

  return {
    start() {
      if (stopped === undefined) loop ??= run();
    },
    setState(next) {
      override = next;
      pause.cut();
    },
    stop() {
      stopped ??= (async () => {
        controller.abort();
        firstOutcome.resolve();
        await loop;
        state = 'stopped';
        // A register that was cut off may have run, so this is sent after any start.
        if (loop !== undefined) await deregister();
      })();
      return stopped;
    },
    async settled(timeoutMs) {
      const timeUp = Promise.withResolvers<void>();
      const cancel = clock.after(timeoutMs, timeUp.resolve);
      await Promise.race([firstOutcome.promise, timeUp.promise]);
      cancel();
    },
    status: () => ({
      state,
      instanceId,
      failures,
      lastError,
      lastAnswerAgoMs: lastAnswerAtMs === undefined ? undefined : clock.monotonicMs() - lastAnswerAtMs,
    }),
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

function isUnknownInstance(error: unknown): boolean {
  return isPlatformError(error) && error.code === 'not_found';
}
