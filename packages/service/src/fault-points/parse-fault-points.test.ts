import { expect, test } from 'vitest';
import { parseFaultPoints } from './parse-fault-points.ts';

test('reads kills, delays and the count at which they happen', () => {
  expect(parseFaultPoints('saga.after-call:reserve=kill, outbox.mark=delay:500,saga.before-finish=kill@2')).toEqual([
    { name: 'saga.after-call:reserve', action: { kind: 'kill' }, atCount: undefined },
    { name: 'outbox.mark', action: { kind: 'delay', delayMs: 500 }, atCount: undefined },
    { name: 'saga.before-finish', action: { kind: 'kill' }, atCount: 2 },
  ]);
});

test('blank text has no rules', () => {
  expect(parseFaultPoints(' ')).toEqual([]);
});

test.each(['a', 'a=', 'a=explode', 'a=kill@0', 'a=delay', 'a=delay:-1', 'a=kill,', '=kill', 'a b=kill'])(
  'refuses %j and says which part',
  (text) => {
    expect(() => parseFaultPoints(text)).toThrow(expect.objectContaining({ reason: 'FAULT_POINTS_REFUSED' }));
  },
);
