import { systemClock } from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import { Circuit } from './circuit.ts';
import type { CircuitBreaker } from './circuit-types.ts';
import { type CircuitBreakerOptions, type CircuitSettings, resolveCircuitOptions } from './options.ts';

/** Options of {@link createCircuitBreakers}: defaults for all, and settings that differ by name. */
export interface CircuitBreakersOptions extends Omit<CircuitBreakerOptions, 'name'> {
  /** Settings of single circuits over the defaults, by full name or by its beginning: `payments`, `payments/write`. */
  readonly overrides?: Readonly<Record<string, CircuitSettings>>;
  /** Circuits kept at most, default 1,000; beyond it one that is closed and long unused is dropped. */
  readonly maxCircuits?: number;
  /** A closed circuit unused for so long, in milliseconds, is dropped; default 600,000, at least `windowMs`. */
  readonly idleMs?: number;
}

/** What one circuit of many protects; the parts become its name, `service/operation/tenant`. */
export interface CircuitKey {
  readonly service: string;
  /** Class of operations that fail together, for example `read` and `write`. */
  readonly operation?: string | undefined;
  readonly tenant?: string | undefined;
}

/** One circuit per name. */
export interface CircuitBreakers {
  /** The circuit of this name or key, made at the first question. Ask each time; do not keep it. */
  get(key: string | CircuitKey): CircuitBreaker;
  /** All circuits in use. */
  all(): readonly CircuitBreaker[];
}

/** Circuits looked at when one must go; the worst of these is nearly the worst of all, at a fixed price. */
const candidateCount = 16;

/**
 * Keeps one circuit breaker per dependency, operation class or tenant, with settings of its own where given.
 *
 * The number of circuits is bounded and idle ones are dropped, so keys may come from callers. A dropped circuit begins
 * closed when it is asked for again. The metrics of all tenants of an operation are counted together, under a name
 * that ends in a star.
 *
 * @example
 * const circuits = createCircuitBreakers({ openMs: 10_000, overrides: { payments: { failureStreak: 3 } } });
 * await circuits.get('payments').run(() => payments.getPayment(request));
 * await circuits.get({ service: 'payments', operation: 'write', tenant }).run(() => payments.capture(request));
 */
export function createCircuitBreakers(options: CircuitBreakersOptions = {}): CircuitBreakers {
  const { overrides = {}, maxCircuits = 1_000, idleMs = 600_000, ...defaults } = options;
  const clock = options.clock ?? systemClock;
  const limit = wholeNumber('circuits maxCircuits', maxCircuits, 1);
  const idleLimitMs = Math.max(positive('circuits idleMs', idleMs), defaults.windowMs ?? 10_000);
  const circuits = new Map<string, Circuit>();

  const isIdle = (circuit: Circuit, nowMs: number): boolean =>
    isHarmless(circuit) && nowMs - circuit.lastUsedMs >= idleLimitMs;
  const makeRoom = (): void => {
    const nowMs = clock.monotonicMs();
    let worst: Circuit | undefined;
    for (const [name, circuit] of firstOf(circuits, candidateCount)) {
      circuits.delete(name);
      if (isIdle(circuit, nowMs)) continue;
      // To the end of the line, so that the next look finds others.
      circuits.set(name, circuit);
      if (worst === undefined || isWorse(circuit, worst)) worst = circuit;
    }
    if (circuits.size >= limit && worst !== undefined) circuits.delete(worst.name);
  };
  const make = (key: string | CircuitKey, name: string): Circuit => {
    const settings = prefixesOf(name).map((prefix) =>
      Object.hasOwn(overrides, prefix) ? overrides[prefix] : undefined,
    );
    const resolved = resolveCircuitOptions(Object.assign({}, defaults, ...settings, { name }));
    const isOfTenant = typeof key !== 'string' && key.tenant !== undefined;
    const circuit = new Circuit(isOfTenant ? { ...resolved, metricsName: nameOf({ ...key, tenant: '*' }) } : resolved);
    makeRoom();
    circuits.set(name, circuit);
    return circuit;
  };

  return {
    get(key) {
      const name = typeof key === 'string' ? key : nameOf(key);
      return circuits.get(name) ?? make(key, name);
    },
    all() {
      const nowMs = clock.monotonicMs();
      for (const [name, circuit] of circuits) if (isIdle(circuit, nowMs)) circuits.delete(name);
      return [...circuits.values()];
    },
  };
}

function firstOf<T>(items: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === count) break;
    first.push(item);
  }
  return first;
}

/** A closed circuit that no operator holds can be made again without anyone noticing more than fresh counts. */
function isHarmless(circuit: Circuit): boolean {
  return circuit.state === 'closed' && !circuit.isForced;
}

function isWorse(one: Circuit, other: Circuit): boolean {
  if (isHarmless(one) !== isHarmless(other)) return isHarmless(one);
  if (one.isForced !== other.isForced) return other.isForced;
  return one.lastUsedMs < other.lastUsedMs;
}

function nameOf({ service, operation, tenant }: CircuitKey): string {
  if (tenant !== undefined) return `${service}/${operation ?? ''}/${tenant}`;
  return operation === undefined ? service : `${service}/${operation}`;
}

/** `a/b/c` is set up by what is said of `a`, then of `a/b`, then of itself. */
function prefixesOf(name: string): string[] {
  const parts = name.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
