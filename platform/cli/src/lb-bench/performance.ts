import { percentile } from './distribution.ts';
import type { Lab } from './lab.ts';
import { type MeasureOptions, measureArrangement, type Row } from './measure-arrangement.ts';

/** Figures of one way over several rounds. */
export interface Performance {
  readonly title: string;
  readonly perSecond: { readonly median: number; readonly least: number; readonly most: number };
  /** Medians over the rounds. */
  readonly latencyMs: Row['latencyMs'];
  /** Calls per second lost to the first way, in percent: median of the ratios within each round. */
  readonly overheadPercent: number;
}

/** How much is measured. */
export interface PerformanceSizes {
  readonly rounds: number;
  readonly requests: number;
  readonly clients: number;
}

/**
 * Measures direct calls, both proxies and client-side balancing one after the other, several times over.
 *
 * A first round only warms up. Each round begins with another way, so that none always runs on the warmest machine.
 */
export async function measurePerformance(
  lab: Lab,
  sizes: PerformanceSizes,
  options: MeasureOptions,
): Promise<Performance[]> {
  const all = lab.instances.map(({ address }) => address);
  const ways = [
    { title: 'direct', addresses: all.slice(0, 1) },
    { title: 'L4 proxy', addresses: [lab.l4.address] },
    { title: 'L7 proxy', addresses: [lab.l7.address] },
    { title: 'client-side', addresses: all },
  ];
  const rounds: Row[][] = [];
  for (let round = 0; round <= sizes.rounds; round++) {
    const rows: Row[] = [];
    for (let i = 0; i < ways.length; i++) {
      const at = (i + round) % ways.length;
      const way = ways[at] as (typeof ways)[number];
      const plan = {
        ...way,
        test: 'performance',
        insight: '',
        requests: sizes.requests,
        clients: sizes.clients,
        connectionSets: 1,
        servers: all.length,
        throughProxy: false,
      };
      rows[at] = await measureArrangement(plan, options);
    }
    if (round > 0) rounds.push(rows);
  }
  return ways.map(({ title }, at) => {
    const own = rounds.map((rows) => rows[at] as Row);
    const rates = own.map(({ perSecond }) => perSecond);
    const ratios = rounds.map((rows) => (rows[at] as Row).perSecond / (rows[0] as Row).perSecond);
    const middle = (read: (row: Row) => number): number => percentile(own.map(read), 0.5);
    return {
      title,
      perSecond: { median: percentile(rates, 0.5), least: Math.min(...rates), most: Math.max(...rates) },
      latencyMs: {
        p50: middle((row) => row.latencyMs.p50),
        p95: middle((row) => row.latencyMs.p95),
        p99: middle((row) => row.latencyMs.p99),
      },
      overheadPercent: (1 - percentile(ratios, 0.5)) * 100,
    };
  });
}
