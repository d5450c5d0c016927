import type { Balancer, CallOutcome, Endpoint } from '@mainstay/discovery';
import type { Code, PlatformError } from '@mainstay/kernel';
import type { ClientConnection } from '../engine/engine.ts';
import { rpcReasons } from '../errors.ts';
import type { CallPlace } from './call-target.ts';
import type { PooledConnection } from './connection-pool.ts';

/** Who is told how tries end. */
export interface PlaceObservers {
  readonly balancer: Balancer;
  readonly onFailure: ((endpoint: Endpoint, failure: PlatformError) => void) | undefined;
}

/** An endpoint and a connection to it, for one try; the balancer is told how it ends. */
export class SocketPlace implements CallPlace {
  readonly #endpoint: Endpoint;
  readonly #pooled: PooledConnection;
  readonly #observers: PlaceObservers;
  #ended: ((outcome: CallOutcome) => void) | undefined = undefined;

  constructor(endpoint: Endpoint, pooled: PooledConnection, observers: PlaceObservers) {
    this.#endpoint = endpoint;
    this.#pooled = pooled;
    this.#observers = observers;
  }

  get id(): string {
    return this.#endpoint.id;
  }

  get connection(): ClientConnection {
    return this.#pooled.connection;
  }

  begin(): void {
    this.#ended = this.#observers.balancer.begin(this.#endpoint);
    this.#pooled.begin();
  }

  end(failure: PlatformError | undefined): void {
    const ended = this.#ended;
    if (ended === undefined) return;
    this.#ended = undefined;
    this.#pooled.end();
    ended(outcomeOf(failure));
    if (failure !== undefined && isEndpointFailure(failure)) this.#observers.onFailure?.(this.#endpoint, failure);
  }
}

const endpointFailures: ReadonlySet<string> = new Set([
  rpcReasons.PEER_UNREACHABLE.name,
  rpcReasons.CONNECTION_LOST.name,
  rpcReasons.STREAM_REFUSED.name,
  rpcReasons.SERVER_DRAINING.name,
]);

function isEndpointFailure(failure: PlatformError): boolean {
  return endpointFailures.has(failure.reason);
}

const blamed: ReadonlySet<Code> = new Set(['unavailable', 'internal', 'unknown', 'deadline_exceeded', 'data_loss']);

function outcomeOf(failure: PlatformError | undefined): CallOutcome {
  if (failure === undefined) return 'success';
  if (failure.code === 'canceled') return 'canceled';
  return blamed.has(failure.code) ? 'failure' : 'success';
}
