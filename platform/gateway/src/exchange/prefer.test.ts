import { describe, expect, it } from 'vitest';
import { parsePreferWait } from './prefer.ts';

describe('parsePreferWait', () => {
  it.each([
    [undefined, undefined],
    ['wait=5', 5],
    ['respond-async, Wait = "7" ; x=y', 7],
    ['wait=0', 0],
    ['wait=11', 10],
    ['wait=999999', 10],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['await=5', undefined],
    ['wait', undefined],
  ])('%s → %s', (header, expected) => {
    expect(parsePreferWait(header, 10)).toBe(expected);
  });
});
