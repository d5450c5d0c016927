import autocannon from 'autocannon';
import type { Subject } from '../../harness/child.ts';
import { percentile } from '../../harness/statistics.ts';
import type { LoadFigures, LoadOptions } from './load.ts';

/** A process that puts load on a URL with autocannon. */
export async function start({ url, connections, headers }: LoadOptions): Promise<Subject> {
  return {
    async load(duration: number): Promise<LoadFigures> {
      // Its own histogram knows whole milliseconds only.
      const latencies: number[] = [];
      const run = autocannon({ url, connections, headers, duration });
      run.on('response', (...[, , , milliseconds]) => latencies.push(milliseconds));
      const { non2xx, errors, duration: seconds } = await run;
      const sorted = Float64Array.from(latencies).sort();
      return {
        requests: sorted.length,
        perSecond: sorted.length / seconds,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        not2xx: non2xx,
        errors,
      };
    },
  };
}
