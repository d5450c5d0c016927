import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, fromBeginning, type Reading } from './reading.ts';

/** A transaction that drew sequences and has not ended, as PostgreSQL names it: without an id at first, and by its id alone after a restart. */
class Writer {
  readonly sequences: bigint[] = [];
  readonly #number: number;
  #state: 'idless' | 'writing' | 'prepared' | 'restarted' = 'idless';

  constructor(number: number) {
    this.#number = number;
  }

  get name(): string {
    const id = 1_000 + this.#number;
    if (this.#state === 'idless') return `3/${this.#number}`;
    return this.#state === 'restarted' ? `-1/${id} ${id}` : `3/${this.#number} ${id}`;
  }

  get isPrepared(): boolean {
    return this.#state === 'prepared' || this.#state === 'restarted';
  }

  write(): void {
    this.#state = 'writing';
  }

  prepare(): void {
    if (!this.isPrepared) this.#state = 'prepared';
  }

  restart(): void {
    this.#state = 'restarted';
  }
}

/** Streams of sequences as PostgreSQL shows them: drawn in order, seen when their transaction commits, or never. */
class Store {
  readonly committed = new Set<bigint>();
  writers: Writer[] = [];
  #drawn = 0n;
  #begun = 0;

  draw(writer: number): void {
    this.#drawn += 1n;
    const free = this.writers.filter(({ isPrepared }) => !isPrepared);
    let chosen = free[writer % Math.max(1, free.length)];
    if (chosen !== undefined && writer % 3 !== 0) chosen.write();
    else this.writers.push((chosen = new Writer(this.#begun++)));
    chosen.sequences.push(this.#drawn);
  }

  prepare(writer: number): void {
    this.writers[writer % Math.max(1, this.writers.length)]?.prepare();
  }

  /** What is not prepared is rolled back. */
  restart(): void {
    this.writers = this.writers.filter(({ isPrepared }) => isPrepared);
    for (const writer of this.writers) writer.restart();
  }

  end(writer: number, commits: boolean): void {
    const [ended] = this.writers.length === 0 ? [] : this.writers.splice(writer % this.writers.length, 1);
    if (commits) for (const sequence of ended?.sequences ?? []) this.committed.add(sequence);
  }

  read({ position, gaps }: Reading, limit: number): bigint[] {
    const waited = gaps.map(({ sequence }) => sequence).filter((sequence) => this.committed.has(sequence));
    const behind = [...this.committed].filter((sequence) => sequence > position).toSorted((a, b) => (a < b ? -1 : 1));
    return [...waited, ...behind.slice(0, limit)];
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('draw'), writer: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prepare'), writer: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end'), writer: fc.nat(9), commits: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('read'), limit: fc.integer({ min: 1, max: 5 }), between: fc.boolean() }),
  },
);

test('whatever the order in which transactions are prepared and commit, over restarts of the server, each committed event is read once and no gap stays', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const store = new Store();
      const seen: bigint[] = [];
      let reading = fromBeginning;
      const read = (limit: number, between = false): void => {
        const writers = reading.gaps.length === 0 ? [] : store.writers.map(({ name }) => name);
        // Something commits between the list of writers and the read.
        if (between) store.end(0, true);
        const sequences = store.read(reading, limit);
        seen.push(...sequences);
        reading = advance(reading, { sequences, writers });
      };
      for (const one of steps) {
        if (one.kind === 'draw') store.draw((one as { writer: number }).writer);
        else if (one.kind === 'prepare') store.prepare((one as { writer: number }).writer);
        else if (one.kind === 'restart') store.restart();
        else if (one.kind === 'end')
          store.end((one as { writer: number }).writer, (one as { commits: boolean }).commits);
        else read((one as { limit: number }).limit, (one as { between: boolean }).between);
      }
      while (store.writers.length > 0) store.end(0, true);
      for (let round = 0; round < store.committed.size + 3; round++) read(5);

      expect(seen.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
        [...store.committed].toSorted((a, b) => (a < b ? -1 : 1)),
      );
      expect(reading.gaps).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
