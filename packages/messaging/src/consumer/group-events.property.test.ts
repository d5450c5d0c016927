import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupEvents } from './group-events.ts';

const isTakenTogether = (type: string): boolean => type !== 'single';
const events = fc
  .array(fc.record({ type: fc.constantFrom('placed', 'paid', 'single'), subject: fc.constantFrom('a', 'b', 'c', 'd') }))
  .map((drafts) => drafts.map((draft, position) => ({ ...draft, position })));

test('every event is handled once, and none before an earlier one of its subject', () => {
  fc.assert(
    fc.property(events, (given) => {
      const handled = groupEvents(given, isTakenTogether).flat();
      expect(handled.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual(given.map((_, i) => i));
      for (const subject of ['a', 'b', 'c', 'd']) {
        const inOrder = given.filter((event) => event.subject === subject);
        expect(handled.filter((event) => event.subject === subject)).toEqual(inOrder);
      }
    }),
  );
});

test('a group is of one type, and of one event when its type is not taken together; those keep the order of all', () => {
  fc.assert(
    fc.property(events, (given) => {
      const groups = groupEvents(given, isTakenTogether);
      for (const group of groups) {
        expect(new Set(group.map(({ type }) => type)).size).toBe(1);
        if (group[0]!.type === 'single') expect(group).toHaveLength(1);
      }
      const singles = groups.flat().filter(({ type }) => type === 'single');
      expect(singles).toEqual(given.filter(({ type }) => type === 'single'));
    }),
  );
});

test('two types that alternate are two groups when no subject has both, and a group each when one subject has all', () => {
  const alternating = Array.from({ length: 100 }, (_, i) => ({ type: i % 2 === 0 ? 'placed' : 'paid' }));
  const apart = alternating.map((event, i) => ({ ...event, subject: String(i) }));
  const ofOne = alternating.map((event) => ({ ...event, subject: 'a' }));

  expect(groupEvents(apart, isTakenTogether)).toHaveLength(2);
  expect(groupEvents(ofOne, isTakenTogether)).toHaveLength(100);
});
