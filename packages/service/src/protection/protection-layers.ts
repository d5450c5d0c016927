import type { DescMethod } from '@bufbuild/protobuf';
import { optionError, remainingMs } from '@mainstay/kernel';
import {
  type BulkheadSnapshot,
  type CircuitBreaker,
  type CircuitBreakers,
  type CircuitKey,
  type CircuitSnapshot,
  type ConcurrencySnapshot,
  countPolicyEvents,
  createCircuitBreakers,
  createTimeout,
  type Policy,
  policy,
  type Timeout,
  type TimeoutSnapshot,
} from '@mainstay/resilience';
import { methodPolicy } from '@mainstay/rpc';
import { operationOf } from './called-operation.ts';
import { classifyCall } from './classify-call.ts';
import type { ProtectedCall, ProtectedRun, TargetProtectionOptions } from './protected-call.ts';
import type { CircuitPolicy } from './protection-policy.ts';
import { type PlaceLimits, TargetPlaces } from './target-places.ts';

/** Figures of the protection of one service at one moment. */
export interface ProtectionSnapshot {
  readonly circuits: readonly CircuitSnapshot[];
  /** Of reads and of writes, or one of the whole service; empty where they are off. */
  readonly bulkheads: readonly BulkheadSnapshot[];
  /** Divided like the bulkheads; empty where they are off. */
  readonly concurrency: readonly ConcurrencySnapshot[];
  /** Adaptive time-outs, of the methods that were called. */
  readonly timeouts: readonly TimeoutSnapshot[];
}

/** What is resolved once for each method. */
interface MethodLayers {
  readonly circuitKey: string | CircuitKey;
  readonly timeout: Timeout | undefined;
  readonly places: PlaceLimits;
  /** Compositions by circuit, because circuits come and go; one without a circuit is kept apart. */
  readonly byCircuit: WeakMap<CircuitBreaker, Policy>;
  readonly withoutCircuit: Policy | undefined;
}

/** The policies of one service, as one configuration has them. */
export class ProtectionLayers {
  readonly circuits: CircuitBreakers | undefined;
  readonly #options: TargetProtectionOptions;
  readonly #places: TargetPlaces;
  readonly #methods = new Map<DescMethod, MethodLayers>();

  constructor(options: TargetProtectionOptions) {
    const { circuit } = options.policy;
    this.#options = options;
    this.circuits = circuit && openCircuits(circuit, options);
    this.#places = new TargetPlaces(options);
  }

  execute<T>(run: ProtectedRun<T>, call: ProtectedCall): Promise<T> {
    const layers = this.#methods.get(call.method) ?? this.#resolve(call.method);
    const circuit = this.circuitFor(call);
    const composed =
      circuit === undefined ? layers.withoutCircuit : (layers.byCircuit.get(circuit) ?? this.#compose(layers, circuit));
    if (composed === undefined) return run(undefined);
    if (layers.timeout === undefined) return composed.execute(() => run(undefined), call);
    return composed.execute(({ deadline }) => run(remainingMs(deadline, this.#options.clock)), call);
  }

  /** The circuit that decides on a call; undefined when circuits are off. */
  circuitFor({ method, tenant }: ProtectedCall): CircuitBreaker | undefined {
    if (this.circuits === undefined) return undefined;
    const { circuitKey } = this.#methods.get(method) ?? this.#resolve(method);
    return this.circuits.get(typeof circuitKey === 'string' ? circuitKey : { ...circuitKey, tenant: tenant ?? 'none' });
  }

  /** @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when circuits are off. */
  circuit(key: string | CircuitKey): CircuitBreaker {
    if (this.circuits !== undefined) return this.circuits.get(key);
    throw optionError('circuit', `one of ${this.#options.target}, whose circuits are off`, key);
  }

  snapshot(): ProtectionSnapshot {
    const timeouts = [...this.#methods.values()].flatMap(({ timeout }) => timeout?.snapshot() ?? []);
    return {
      circuits: this.circuits?.all().map((circuit) => circuit.snapshot()) ?? [],
      ...this.#places.snapshot(),
      timeouts,
    };
  }

  #resolve(method: DescMethod): MethodLayers {
    const timeout = this.#timeoutOf(method);
    const places = this.#places.of(method);
    const others = layersAround(undefined, { timeout, places });
    const layers: MethodLayers = {
      circuitKey: circuitKeyOf(this.#options, method),
      timeout,
      places,
      byCircuit: new WeakMap(),
      withoutCircuit: others.length === 0 ? undefined : policy(...others),
    };
    this.#methods.set(method, layers);
    return layers;
  }

  #compose(layers: MethodLayers, circuit: CircuitBreaker): Policy {
    const composed = policy(...layersAround(circuit, layers));
    layers.byCircuit.set(circuit, composed);
    return composed;
  }

  /** Only of reads: a write that is cut short leaves open whether it ran. */
  #timeoutOf(method: DescMethod): Timeout | undefined {
    const { target, clock, meter, policy: wanted } = this.#options;
    const { adaptiveTimeout } = wanted;
    const { idempotency, timeoutMs } = methodPolicy(method);
    if (adaptiveTimeout === undefined || idempotency !== 'safe' || method.methodKind !== 'unary') return undefined;
    const maxMs = Math.min(adaptiveTimeout.maxMs, timeoutMs ?? adaptiveTimeout.maxMs);
    return createTimeout({
      name: `${target}/${method.name}`,
      limitMs: maxMs,
      adaptive: { ...adaptiveTimeout, minMs: Math.min(adaptiveTimeout.minMs, maxMs), maxMs },
      onEvent: countPolicyEvents(meter),
      clock,
    });
  }
}

/** In their order, outermost first. */
function layersAround(
  circuit: CircuitBreaker | undefined,
  { timeout, places }: Pick<MethodLayers, 'timeout' | 'places'>,
): Policy[] {
  return [places.limiter, circuit, timeout, places.bulkhead].filter((layer) => layer !== undefined);
}

function openCircuits(circuit: CircuitPolicy, { target, clock, logger, meter }: TargetProtectionOptions) {
  const overrides = Object.entries(circuit.operations).map(([operation, settings]) => [
    `${target}/${operation}`,
    settings,
  ]);
  return createCircuitBreakers({
    ...circuit.settings,
    overrides: Object.fromEntries(overrides),
    classify: classifyCall,
    onChange: ({ circuit: name, from, to, why }) => logger.warn('circuit changed', { circuit: name, from, to, why }),
    clock,
    meter,
  });
}

/** The name of a method's circuit, or the parts of one of many tenants. */
function circuitKeyOf(
  { target, policy: { circuit } }: TargetProtectionOptions,
  method: DescMethod,
): string | CircuitKey {
  const operation = circuit && operationOf(circuit.scope, method);
  if (circuit?.perTenant === true) return { service: target, operation };
  return operation === undefined ? target : `${target}/${operation}`;
}
