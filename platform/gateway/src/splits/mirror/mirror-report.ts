/** How the answers of a mirrored version compare with those that callers got, since the start of this process. */
export interface MirrorReport {
  readonly version: string;
  readonly compared: number;
  readonly same: number;
  /** Answers with another body; `fields` is the sum of the values that differed. */
  readonly different: number;
  readonly fields: number;
  /** One failed with another code than the other, or one alone. */
  readonly other_status: number;
  /** Copies that were not sent because too many were under way. */
  readonly dropped: number;
  readonly mean_ms: number;
  /** Of the answers that callers got. */
  readonly mean_ms_served: number;
}

/** A report that is being written. */
export type MirrorTally = {
  -readonly [K in keyof Omit<MirrorReport, 'mean_ms' | 'mean_ms_served'>]: MirrorReport[K];
} & {
  ms: number;
  msServed: number;
};

/** Begins a report. */
export function newTally(version: string): MirrorTally {
  return { version, compared: 0, same: 0, different: 0, fields: 0, other_status: 0, dropped: 0, ms: 0, msServed: 0 };
}

/** The report as it stands. */
export function reportOf({ ms, msServed, ...counts }: MirrorTally): MirrorReport {
  const mean = (sum: number): number => (counts.compared === 0 ? 0 : Math.round((sum / counts.compared) * 10) / 10);
  return { ...counts, mean_ms: mean(ms), mean_ms_served: mean(msServed) };
}
