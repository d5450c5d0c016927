/** A metric of one process, as its text says it. */
interface Family {
  /** Its `# HELP` and `# TYPE` lines. */
  readonly head: readonly string[];
  readonly isGauge: boolean;
  /** Values by name and labels. */
  readonly samples: Map<string, number>;
}

type Families = Map<string, Family>;

/**
 * Joins what several processes of one program expose into one Prometheus text.
 *
 * Counters and histograms are sums, those of processes that have ended among them, so that no sum ever goes down; gauges stand
 * apart, by a label that names the process. A process that ends takes with it what it counted since it was last read.
 *
 * Cost: memory for the series of each process that runs, and once for all that have ended.
 */
export class MetricsSum {
  readonly #label: string;
  readonly #running = new Map<string, Families>();
  readonly #ended: Families = new Map();

  /** @param label - name of the label by which gauges of processes are told apart. */
  constructor(label: string) {
    this.#label = label;
  }

  /** Takes what a process exposes now, in text format 0.0.4, in the place of what it exposed before. */
  read(source: string, text: string): void {
    this.#running.set(source, parse(text));
  }

  /** Keeps what an ended process counted; its gauges go. */
  end(source: string): void {
    for (const [name, family] of this.#running.get(source) ?? []) if (!family.isGauge) add(this.#ended, name, family);
    this.#running.delete(source);
  }

  /** The text of all. */
  expose(): string {
    const sum: Families = new Map();
    for (const [name, family] of this.#ended) add(sum, name, family);
    for (const [source, families] of this.#running) {
      for (const [name, family] of families) add(sum, name, family.isGauge ? this.#labelled(family, source) : family);
    }
    return Array.from(sum.values(), write).join('\n');
  }

  #labelled({ samples, ...family }: Family, source: string): Family {
    const label = `${this.#label}="${source}"`;
    const named = Array.from(samples, ([key, value]) => [withLabel(key, label), value] as const);
    return { ...family, samples: new Map(named) };
  }
}

function withLabel(key: string, label: string): string {
  const open = key.indexOf('{');
  return open === -1 ? `${key}{${label}}` : `${key.slice(0, open + 1)}${label},${key.slice(open + 1)}`;
}

function add(to: Families, name: string, { head, isGauge, samples }: Family): void {
  let family = to.get(name);
  if (family === undefined) {
    family = { head, isGauge, samples: new Map() };
    to.set(name, family);
  }
  for (const [key, value] of samples) family.samples.set(key, (family.samples.get(key) ?? 0) + value);
}

function write({ head, samples }: Family): string {
  return `${[...head, ...Array.from(samples, ([key, value]) => `${key} ${value}`)].join('\n')}\n`;
}

/** Reads the text of a process; what belongs to a metric stands below its `# TYPE`. */
function parse(text: string): Families {
  const families: Families = new Map();
  let help: string | undefined;
  let family: Family | undefined;
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) {
      family = { head: help === undefined ? [line] : [help, line], isGauge: type[2] === 'gauge', samples: new Map() };
      families.set(type[1] as string, family);
    } else if (line.startsWith('# HELP ')) help = line;
    else if (line !== '' && !line.startsWith('#')) {
      const space = line.lastIndexOf(' ');
      family?.samples.set(line.slice(0, space), Number(line.slice(space + 1)));
    }
  }
  return families;
}
