/** Label values of one measurement; keep the number of different combinations small. */
export type MetricLabels = Readonly<Record<string, string>>;

/** A number that only grows. */
export interface Counter {
  add(value: number, labels?: MetricLabels): void;
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number, labels?: MetricLabels): void;
}

/** A distribution, for example of durations in seconds. */
export interface Histogram {
  record(value: number, labels?: MetricLabels): void;
  /**
   * Gives what records under labels that are known before, cheaper than `record`; absent where that saves nothing.
   *
   * @returns undefined when nothing is measured, so that nobody looks at a clock for it.
   */
  recorder?(labels: MetricLabels): Recorder | undefined;
}

/** Records a value under labels that were given before. */
export type Recorder = (value: number) => void;

/** Gives what records under labels that are known before; ask once and keep it. Undefined when nothing is measured. */
export function recorderOf(histogram: Histogram, labels: MetricLabels): Recorder | undefined {
  if (histogram.recorder !== undefined) return histogram.recorder(labels);
  return (value) => histogram.record(value, labels);
}

/** How a metric is declared: dotted name `mainstay.<area>.<thing>`, unit, meaning and label names. */
export interface MetricOptions {
  readonly name: string;
  readonly description: string;
  /** UCUM unit, for example `s`, `By`, `{call}`. */
  readonly unit: string;
  readonly labelNames?: readonly string[];
  /** Bucket bounds of a histogram, ascending, in `unit`. */
  readonly buckets?: readonly number[];
}

/** Makes metrics; asking twice for one name gives the same metric. */
export interface Meter {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions): Histogram;
}

const nothing = (): void => undefined;

/** Measures nothing; the default of packages used on their own. */
export const silentMeter: Meter = {
  counter: () => ({ add: nothing }),
  gauge: () => ({ set: nothing }),
  histogram: () => ({ record: nothing, recorder: () => undefined }),
};
