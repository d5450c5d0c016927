import { type Clock, optionError, systemClock, toPlatformError } from '@mainstay/kernel';
import { type Check, type CheckFunction, type CheckOptions, type CheckReport, createCheck } from './checks/check.ts';
import { type ProcessFacts, watchProcess } from './process-facts.ts';

/** Where the process is in its life: takes no traffic while starting or draining. */
export type LifecycleState = 'starting' | 'started' | 'draining';

/** Answer of a probe: `up` is HTTP 200, `down` is 503. */
export interface HealthAnswer {
  readonly status: 'up' | 'down';
  readonly state: LifecycleState;
  /** One sentence when down. */
  readonly reason?: string;
  /** Checks behind the answer by name; empty when it did not depend on any. */
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** Everything an operator asks first; served at `/health`. */
export interface HealthDetail extends HealthAnswer, ProcessFacts {
  readonly service?: string;
  readonly version?: string;
  readonly started_at: string;
  /** What was added with `addDetail`, by name. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Options of {@link createHealth}. */
export interface HealthOptions {
  readonly clock?: Clock;
  /** Shown at `/health`. */
  readonly service?: string;
  /** Shown at `/health`. */
  readonly version?: string;
  /** Reads the figures of the process; default: memory, uptime and event-loop lag of this one. */
  readonly processFacts?: () => ProcessFacts;
}

/** Health of one process. */
export interface Health {
  /** Start-up is over: `startup` is up and `ready` follows the checks. */
  setStarted(): void;
  /** Shutdown has begun: `ready` is down for good, `live` stays up while connections drain. */
  setDraining(): void;
  /** Adds a dependency without which no traffic can be served. */
  addReadinessCheck(name: string, check: CheckFunction, options?: CheckOptions): void;
  /**
   * Adds a sign that only a restart helps, seen inside this process alone. Never a database or another service:
   * their fault would restart every instance.
   */
  addLivenessCheck(name: string, check: CheckFunction, options?: CheckOptions): void;
  /** Adds a value to `/health`, read when asked; it never changes a status. */
  addDetail(name: string, read: () => unknown): void;
  live(): Promise<HealthAnswer>;
  ready(): Promise<HealthAnswer>;
  startup(): Promise<HealthAnswer>;
  detail(): Promise<HealthDetail>;
}

/**
 * Makes the health of a process: three probes with different meanings, and one page for people.
 *
 * `live` fails only when a restart would help, `ready` when no traffic should come now, `startup` until start-up is
 * over. Checks run at the same time, each within its own limit, and their answers are reused for a moment.
 *
 * States: `starting` → `started` → `draining`; there is no way back.
 *
 * @example
 * const health = createHealth({ service: 'orders', version: '1.4.0' });
 * health.addReadinessCheck('database', (signal) => database.ping(signal));
 * health.setStarted();
 */
export function createHealth(options: HealthOptions = {}): Health {
  const clock = options.clock ?? systemClock;
  const facts = options.processFacts ?? watchProcess();
  const startedAt = new Date(clock.nowMs()).toISOString();
  const readiness = new Map<string, Check>();
  const liveness = new Map<string, Check>();
  const details = new Map<string, () => unknown>();
  let state: LifecycleState = 'starting';

  const ask = async (checks: ReadonlyMap<string, Check>): Promise<HealthAnswer> => {
    const reports = await Promise.all(
      [...checks].map(async ([name, check]) => [name, await check.evaluate()] as const),
    );
    const down = reports.filter(([, report]) => report.status !== 'up').map(([name]) => name);
    const answer = { state, checks: Object.fromEntries(reports) };
    return down.length === 0
      ? { status: 'up', ...answer }
      : { status: 'down', ...answer, reason: `${down.join(', ')} ${down.length === 1 ? 'is' : 'are'} down` };
  };
  const ready = async (): Promise<HealthAnswer> => {
    if (state === 'draining') {
      return { status: 'down', state, reason: 'the process is draining', checks: knownReports(readiness) };
    }
    const answer = await ask(readiness);
    if (answer.state === 'started') return answer;
    const reason = answer.state === 'starting' ? 'start-up is not over' : 'the process is draining';
    return { ...answer, status: 'down', reason };
  };
  const addCheck = (to: Map<string, Check>, name: string, check: Check): void => {
    if (readiness.has(name) || liveness.has(name)) throw optionError('health check name', 'used once', name);
    to.set(name, check);
  };

  return {
    setStarted() {
      if (state === 'starting') state = 'started';
    },
    setDraining() {
      state = 'draining';
    },
    addReadinessCheck: (name, run, given) => addCheck(readiness, name, createCheck(name, run, { ...given, clock })),
    addLivenessCheck: (name, run, given) => addCheck(liveness, name, createCheck(name, run, { ...given, clock })),
    addDetail(name, read) {
      if (details.has(name)) throw optionError('health detail name', 'used once', name);
      details.set(name, read);
    },
    live: () => ask(liveness),
    ready,
    startup: async () =>
      state === 'starting'
        ? { status: 'down', state, reason: 'start-up is not over', checks: {} }
        : { status: 'up', state, checks: {} },
    async detail() {
      const [live, traffic] = await Promise.all([ask(liveness), ready()]);
      return {
        ...(live.status === 'down' ? live : traffic),
        ...(options.service === undefined ? {} : { service: options.service }),
        ...(options.version === undefined ? {} : { version: options.version }),
        started_at: startedAt,
        ...facts(),
        checks: { ...traffic.checks, ...live.checks },
        details: Object.fromEntries([...details].map(([name, read]) => [name, readSafely(read)])),
      };
    },
  };
}

function knownReports(checks: ReadonlyMap<string, Check>): Readonly<Record<string, CheckReport>> {
  return Object.fromEntries([...checks].map(([name, check]) => [name, check.report()]));
}

function readSafely(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    // The page must come even when one of its parts cannot be read; the part says so itself.
    return { error: toPlatformError(error).reason };
  }
}
