/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly runMs: number;
}

/** Figures of one contender in one case of one round, by metric. */
export type Figures = Readonly<Record<string, number>>;

/** One column of a table. */
export interface Metric {
  readonly name: string;
  readonly title: string;
}

/** What takes part. */
export interface Contender {
  readonly name: string;
  /** `ours`, somebody else's, or what the machine can do without any library. */
  readonly kind: 'ours' | 'peer' | 'limit';
}

/** A goal: in a case, the median over rounds of `ours / other` (or `other / ours`) is at least `atLeast`. */
export interface RatioTarget {
  readonly ours: string;
  readonly other: string;
  /** The case, default every one. */
  readonly in?: string;
  readonly metric: string;
  /** `more` compares ours with the other, `less` the other with ours. */
  readonly better: 'more' | 'less';
  readonly atLeast: number;
}

/** A goal: in a case, the median over rounds of a figure, less that of another contender if named, is at most `atMost`. */
export interface BoundTarget {
  readonly ours: string;
  readonly above?: string;
  readonly in?: string;
  readonly metric: string;
  readonly atMost: number;
  readonly unit: string;
}

/** What is measured together and put into one table per case. */
export interface Suite {
  readonly about: string;
  readonly contenders: readonly Contender[];
  /** The first is the one that ratios are taken of. */
  readonly metrics: readonly Metric[];
  /** Whether more of the first metric is better. */
  readonly better: 'more' | 'less';
  /** Contenders that every other one is put beside, as ratios of the first metric within each round. */
  readonly beside: readonly string[];
  readonly targets: readonly (RatioTarget | BoundTarget)[];
  /** Packages whose versions are printed. */
  readonly packages: readonly string[];
  /** Opens what all rounds share, for example a database. */
  open?(): Promise<AsyncDisposable>;
  /** Measures one contender once, in fresh processes; the answer has one entry per case. */
  measure(contender: Contender, effort: Effort): Promise<Readonly<Record<string, Figures>>>;
}

/** Everything measured: rounds, in each the contenders, in each the cases. */
export type Rounds = readonly Readonly<Record<string, Readonly<Record<string, Figures>>>>[];
