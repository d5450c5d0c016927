import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideResolution, type Outcome } from './resolution.ts';

type Part = 'open' | 'prepared' | 'committed' | 'rolled back';

const abandonAfterMs = 100;

/** Two databases, a log of decisions, one coordinator, and two recoveries that may be stopped between any two statements. */
class World {
  readonly parts: [Part, Part] = ['open', 'open'];
  decision: Outcome | undefined;
  told: 'committed' | 'rolled back' | undefined;
  #ageMs = 0;
  #coordinator: Generator<void, void> | undefined = this.#coordinate();
  readonly #recoveries: (Generator<void, void> | undefined)[] = [undefined, undefined];

  step(who: number): void {
    const process = who === 0 ? this.#coordinator : (this.#recoveries[who - 1] ??= this.#recover());
    if (process?.next().done === true) this.stop(who);
  }

  /** Kills a process; a server rolls back what its client leaves open. */
  stop(who: number): void {
    if (who > 0) this.#recoveries[who - 1] = undefined;
    else {
      this.#coordinator = undefined;
      for (const place of [0, 1] as const) if (this.parts[place] === 'open') this.parts[place] = 'rolled back';
    }
  }

  wait(): void {
    if (this.parts.includes('prepared')) this.#ageMs += abandonAfterMs / 2;
  }

  #decide(outcome: Outcome): Outcome {
    this.decision ??= outcome;
    return this.decision;
  }

  #end(place: 0 | 1, outcome: Outcome): void {
    if (this.parts[place] === 'prepared') this.parts[place] = outcome === 'commit' ? 'committed' : 'rolled back';
  }

  *#coordinate(): Generator<void, void> {
    for (const place of [1, 0] as const) {
      this.parts[place] = 'prepared';
      yield;
    }
    const outcome = this.#decide('commit');
    yield;
    this.told = outcome === 'commit' ? 'committed' : 'rolled back';
    for (const place of [0, 1] as const) {
      this.#end(place, outcome);
      yield;
    }
  }

  *#recover(): Generator<void, void> {
    const found = ([0, 1] as const).filter((place) => this.parts[place] === 'prepared');
    yield;
    if (found.length === 0) return;
    const resolution = decideResolution({ decision: this.decision, ageMs: this.#ageMs }, abandonAfterMs);
    yield;
    if (resolution === 'wait') return;
    const outcome = resolution === 'give_up' ? this.#decide('abort') : resolution;
    yield;
    for (const place of found) {
      this.#end(place, outcome);
      yield;
    }
  }
}

const move = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('step' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), who: fc.constant(0) }) },
);

test('both are committed or neither, whoever stops where, and recovery leaves nothing prepared', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const world = new World();
      for (const { kind, who } of moves) {
        if (kind === 'wait') world.wait();
        else world[kind](who);
        expect(world.parts.includes('committed') && world.parts.includes('rolled back')).toBe(false);
        if (world.parts.includes('committed')) expect(world.decision).toBe('commit');
      }
      for (const who of [0, 1, 2]) world.stop(who);
      for (let n = 0; n < 2; n++) world.wait();
      for (let n = 0; n < 6; n++) world.step(1);
      expect(world.parts).not.toContain('prepared');
      expect(world.parts[0]).toBe(world.parts[1]);
      if (world.told !== undefined) expect(world.parts[0]).toBe(world.told);
      seen.add(world.parts[0]);
    }),
    { numRuns: 2_000 },
  );
  expect([...seen].sort()).toEqual(['committed', 'rolled back']);
});
