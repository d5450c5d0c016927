import type { Degradation } from '@mainstay/resilience';

/**
 * Says in `Mainstay-Degraded` what stands in for the answer: a list of RFC 9651, for example `stale_cache;name="products";age=12`.
 */
export function degradedHeader({ policy, name, ageMs }: Degradation): string {
  const age = ageMs === undefined ? '' : `;age=${Math.round(ageMs / 1_000)}`;
  return `${policy};name="${name.replaceAll(/[^\x20-\x7e]|["\\]/g, '')}"${age}`;
}
