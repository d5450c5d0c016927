import type { Endpoint } from '../../endpoint.ts';

/** The part of `discovery.k8s.io/v1` EndpointSlice that is read. */
export interface EndpointSlice {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly addressType?: string;
  readonly endpoints?: readonly SliceEndpoint[] | null;
  readonly ports?: readonly { readonly name?: string | null; readonly port?: number | null }[] | null;
}

/** One pod, as a slice tells of it. */
export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions?: {
    readonly ready?: boolean | null;
    readonly serving?: boolean | null;
    readonly terminating?: boolean | null;
  };
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/**
 * Reads slices as endpoints.
 *
 * Ready ones are healthy (a missing condition means ready); those that terminate but still serve are degraded, so that
 * they are used only while nothing else is left; others are no endpoints. A pod that stands in two slices, as happens
 * while the control plane moves it, counts once.
 *
 * @param portName - which port; absent: the first.
 */
export function endpointsOfSlices(slices: Iterable<EndpointSlice>, portName: string | undefined): readonly Endpoint[] {
  const byId = new Map<string, Endpoint>();
  for (const slice of slices) {
    const ports = slice.ports ?? [];
    const port = portName === undefined ? ports[0]?.port : ports.find(({ name }) => name === portName)?.port;
    if (port === undefined || port === null) continue;
    for (const entry of slice.endpoints ?? []) {
      const endpoint = readEndpoint(entry, port);
      if (endpoint === undefined) continue;
      if (byId.get(endpoint.id)?.state !== 'healthy') byId.set(endpoint.id, endpoint);
    }
  }
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function readEndpoint(entry: SliceEndpoint, port: number): Endpoint | undefined {
  const [host] = entry.addresses;
  const { ready, serving, terminating } = entry.conditions ?? {};
  const isReady = ready ?? true;
  const isLeaving = terminating === true && (serving ?? isReady);
  if (host === undefined || !(isReady || isLeaving)) return undefined;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { zone, nodeName, targetRef } = entry;
  return {
    id: targetRef?.uid === undefined ? `k8s:${address}` : `${targetRef.uid}:${port}`,
    address,
    metadata: {
      ...(zone !== undefined && { zone }),
      ...(nodeName !== undefined && { node: nodeName }),
      ...(targetRef?.name !== undefined && { pod: targetRef.name }),
    },
    weight: 1,
    state: isReady ? 'healthy' : 'degraded',
  };
}
