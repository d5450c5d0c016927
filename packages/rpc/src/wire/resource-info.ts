import type { PlatformError } from '@mainstay/kernel';

/** A thing that an error is about, as `google.rpc.ResourceInfo` names it. */
export interface ResourceFacts {
  readonly resourceType: string;
  readonly resourceName: string;
}

/**
 * Reads from its metadata which thing an error is about: `resource_type` and `resource_name`, or for errors of absence and
 * of existence the first entry that ends in `_id`, so that `order_id: 42` is the order 42.
 */
export function resourceOf({ code, metadata }: PlatformError): ResourceFacts | undefined {
  const { resource_type: resourceType, resource_name: resourceName } = metadata;
  if (resourceType !== undefined && resourceName !== undefined) return { resourceType, resourceName };
  if (code !== 'not_found' && code !== 'already_exists') return undefined;
  const entry = Object.entries(metadata).find(
    ([name]) => name.length > 3 && name.endsWith('_id') && name !== 'error_id',
  );
  return entry === undefined ? undefined : { resourceType: entry[0].slice(0, -3), resourceName: entry[1] };
}
