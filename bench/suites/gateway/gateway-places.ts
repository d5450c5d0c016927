import type { Ports } from '../../remote/workload.ts';

/** Where a gateway listens, and where the products process is. */
export interface GatewayPlaces {
  readonly port: number;
  readonly ports: Ports;
}
