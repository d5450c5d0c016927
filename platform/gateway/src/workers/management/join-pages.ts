import type { MirrorReport } from '../../splits/mirror/mirror-report.ts';

/** A page of one worker. */
export interface WorkerPage {
  readonly pid: string;
  readonly content: unknown;
}

/** Makes one page of those of all workers. */
export type JoinPages = (pages: readonly WorkerPage[]) => unknown;

/** A page that is the same in every worker. */
export const anyOf: JoinPages = (pages) => pages[0]?.content ?? {};

/** A page that tells of one worker. */
export const byWorker: JoinPages = (pages) => ({
  workers: Object.fromEntries(pages.map(({ pid, content }) => [pid, content])),
});

/** Circuits by service; each names its worker. */
export const joinCircuits: JoinPages = (pages) => {
  const all: Record<string, object[]> = {};
  for (const { pid, content } of pages) {
    for (const [service, circuits] of Object.entries(content as Readonly<Record<string, readonly object[]>>))
      (all[service] ??= []).push(...circuits.map((circuit) => ({ ...circuit, worker: pid })));
  }
  return all;
};

/** The configuration in force: workers read the same file, so one that does not take it speaks for all. */
export const joinConfig: JoinPages = (pages) => {
  const refused = pages.find(({ content }) => (content as { readonly error: unknown }).error !== null);
  return (refused ?? pages[0])?.content ?? {};
};

interface LimitsPage {
  readonly quotas: { readonly clients: number; readonly unrecorded: number; readonly state: string } | null;
}

/** Limits: the buckets are those of all workers already, quotas are counted by each. */
export const joinLimits: JoinPages = (pages) => {
  const all = pages.map(({ content }) => content as LimitsPage);
  const quotas = all.flatMap((page) => page.quotas ?? []);
  const joined = quotas.reduce(
    (sum, { clients, unrecorded, state }) => ({
      // A client comes to several workers; how many there are is not known to one.
      clients: Math.max(sum.clients, clients),
      unrecorded: sum.unrecorded + unrecorded,
      state: state === 'lost' ? state : sum.state,
    }),
    { clients: 0, unrecorded: 0, state: 'recording' },
  );
  return { ...all[0], quotas: quotas.length === 0 ? null : joined };
};

interface SplitsPage {
  readonly kept: boolean;
  readonly splits: readonly { readonly service: string; readonly mirrored: readonly MirrorReport[] }[];
}

/** Splits: they are the same in every worker, copies are compared by each. */
export const joinSplits: JoinPages = (pages) => {
  const all = pages.map(({ content }) => content as SplitsPage);
  const mirrored = (service: string): readonly MirrorReport[] =>
    all.flatMap(({ splits }) => splits.find((split) => split.service === service)?.mirrored ?? []);
  const { splits = [], ...rest } = all[0] ?? {};
  return { ...rest, splits: splits.map((split) => ({ ...split, mirrored: sumReports(mirrored(split.service)) })) };
};

function sumReports(reports: readonly MirrorReport[]): readonly MirrorReport[] {
  const sums = new Map<string, MirrorReport>();
  for (const report of reports) {
    const known = sums.get(report.version);
    sums.set(report.version, known === undefined ? report : addReports(known, report));
  }
  return [...sums.values()];
}

function addReports(a: MirrorReport, b: MirrorReport): MirrorReport {
  const compared = a.compared + b.compared;
  const mean = (key: 'mean_ms' | 'mean_ms_served'): number =>
    compared === 0 ? 0 : Math.round(((a[key] * a.compared + b[key] * b.compared) / compared) * 10) / 10;
  return {
    version: a.version,
    compared,
    same: a.same + b.same,
    different: a.different + b.different,
    fields: a.fields + b.fields,
    other_status: a.other_status + b.other_status,
    dropped: a.dropped + b.dropped,
    mean_ms: mean('mean_ms'),
    mean_ms_served: mean('mean_ms_served'),
  };
}
