/** The services that a certificate speaks for, and the fleet they belong to. */
export interface ServiceUri {
  /** Name of the fleet: the trust domain of the URI. */
  readonly fleet: string;
  readonly service: string;
}

const shape = /^spiffe:\/\/([a-z0-9][a-z0-9._-]*)\/service\/([a-z][a-z0-9-]*)$/;

/**
 * The name of a service in certificates, as a URI among the subject alternative names.
 *
 * @example
 * serviceUri({ fleet: 'shop', service: 'orders' }); // 'spiffe://shop/service/orders'
 * @see SPIFFE-ID standard, section 2 - one certificate may carry several, when one process hosts several services.
 */
export function serviceUri({ fleet, service }: ServiceUri): string {
  return `spiffe://${fleet}/service/${service}`;
}

/** Reads what {@link serviceUri} writes; undefined for every other URI. */
export function readServiceUri(uri: string): ServiceUri | undefined {
  const [, fleet, service] = shape.exec(uri) ?? [];
  return fleet === undefined || service === undefined ? undefined : { fleet, service };
}
