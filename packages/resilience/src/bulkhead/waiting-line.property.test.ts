import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Priority } from '../policy/policy-types.ts';
import { priorities, type Waiting, WaitingLine } from './waiting-line.ts';

interface Numbered extends Waiting {
  readonly number: number;
}

const waiting = fc.record({
  priority: fc.constantFrom(...priorities),
  callerClass: fc.constantFrom('a', 'b', 'c'),
});
const step = fc.oneof(
  { weight: 3, arbitrary: waiting },
  { weight: 2, arbitrary: fc.constant('next' as const) },
  { weight: 1, arbitrary: fc.nat(30) },
);

/** The rules once more, as plainly as possible: one list, searched each time. */
class Model {
  all: Numbered[] = [];
  turns: { readonly priority: Priority; readonly callerClass: string }[] = [];

  add(one: Numbered): void {
    this.all.push(one);
    if (!this.turns.some((turn) => isOf(one, turn))) this.turns.push(one);
  }

  remove(one: Numbered): void {
    this.all = this.all.filter((other) => other !== one);
    this.turns = this.turns.filter((turn) => this.all.some((other) => isOf(other, turn)));
  }

  next(): Numbered | undefined {
    const turn = priorities.map((priority) => this.turns.find((one) => one.priority === priority)).find(Boolean);
    if (turn === undefined) return undefined;
    const chosen = this.all.find((one) => isOf(one, turn)) as Numbered;
    this.turns = [...this.turns.filter((one) => one !== turn), turn];
    this.remove(chosen);
    return chosen;
  }
}

function isOf(one: Waiting, turn: { readonly priority: Priority; readonly callerClass: string }): boolean {
  return one.priority === turn.priority && one.callerClass === turn.callerClass;
}

test('any history goes as in the plain model: by priority, by turns of classes, then first come first served', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const line = new WaitingLine<Numbered>();
      const model = new Model();
      let number = 0;
      for (const one of steps) {
        if (one === 'next') expect(line.next()).toBe(model.next());
        else if (typeof one === 'number') {
          const leaving = model.all[one % Math.max(1, model.all.length)];
          if (leaving === undefined) continue;
          line.remove(leaving);
          model.remove(leaving);
        } else {
          const added = { ...one, number: number++ };
          line.add(added);
          model.add(added);
        }
        expect(line.size).toBe(model.all.length);
        expect(line.oldest).toBe(model.all[0]);
      }
    }),
    { numRuns: 300 },
  );
});

test('who is chosen when somebody more important comes is the last of the biggest class of the least important', () => {
  const line = new WaitingLine<Numbered>();
  const add = (priority: Priority, callerClass: string, number: number) => line.add({ priority, callerClass, number });
  add('normal', 'a', 1);
  add('low', 'a', 2);
  add('low', 'b', 3);
  add('low', 'b', 4);

  expect(line.weakestBelow('critical')?.number).toBe(4);
  expect(line.weakestBelow('normal')?.number).toBe(4);
  expect(line.weakestBelow('low')).toBeUndefined();
  expect(line.weakestBelow('background')).toBeUndefined();
});
