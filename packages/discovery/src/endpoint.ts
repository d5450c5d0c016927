import { type Instance, InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';

/**
 * How good an endpoint is: `healthy` is used before `degraded`, `degraded` before `suspect`.
 *
 * Draining and unhealthy instances are never endpoints.
 */
export type EndpointState = 'healthy' | 'degraded' | 'suspect';

/** An address that takes calls of one service. */
export interface Endpoint {
  /** Id of the instance, unique per start of a process. */
  readonly id: string;
  /** `host:port` that takes gRPC. */
  readonly address: string;
  /** Version, zone and whatever else callers filter on. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Share of the traffic under `weighted_random`, above 0; from metadata `weight`, default 1. */
  readonly weight: number;
  readonly state: EndpointState;
}

const states: Readonly<Record<number, EndpointState>> = {
  [InstanceState.HEALTHY]: 'healthy',
  [InstanceState.DEGRADED]: 'degraded',
  [InstanceState.SUSPECT]: 'suspect',
};

/**
 * Reads an instance of the registry as an endpoint.
 *
 * @returns undefined when its state is not routable.
 */
export function endpointOf(instance: Instance): Endpoint | undefined {
  const state = states[instance.state];
  if (state === undefined) return undefined;
  return {
    id: instance.id,
    address: instance.address,
    metadata: instance.metadata,
    weight: readWeight(instance.metadata.weight),
    state,
  };
}

/** Makes an endpoint from an address that stands in a configuration. */
export function staticEndpoint(address: string): Endpoint {
  return { id: `static:${address}`, address, metadata: {}, weight: 1, state: 'healthy' };
}

/** An instance writes its own metadata, so a weight that makes no sense counts as 1. */
function readWeight(text: string | undefined): number {
  const weight = text === undefined ? 1 : Number(text);
  return Number.isFinite(weight) && weight > 0 && weight <= 1_000 ? weight : 1;
}
