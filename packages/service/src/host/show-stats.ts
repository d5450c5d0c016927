import type { HostCore } from '../core/host-core.ts';
import { toSnakeCase, withNames } from '../upstreams/key-case.ts';

/** What `/stats` shows: how calls are spread, how they are protected, and which calls this process takes. */
export function showStats({ upstreams, protections, admission }: HostCore): object {
  return {
    ...upstreams.stats(),
    protections: protections.stats(),
    admission: withNames(admission.snapshot(), toSnakeCase),
  };
}
