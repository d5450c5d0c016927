import { expect, test } from 'vitest';
import type { HeaderTransform } from './header-rule.ts';
import { compileTransforms, maskValue } from './transforms.ts';

test.each<[string, HeaderTransform[], string, string | undefined]>([
  ['trim', ['trim'], '  a b ', 'a b'],
  ['trim of nothing', ['trim'], '', ''],
  ['a prefix that is there', [{ removePrefix: 'Bearer ' }], 'Bearer abc123', 'abc123'],
  ['a prefix that is not there', [{ removePrefix: 'Bearer ' }], 'Basic abc', 'Basic abc'],
  ['truncate below the limit', [{ truncate: 5 }], 'abc', 'abc'],
  ['truncate above the limit', [{ truncate: 2 }], 'abc', 'ab'],
  ['truncate keeps characters whole', [{ truncate: 2 }], '😈😈😈', '😈😈'],
  ['truncate to nothing', [{ truncate: 0 }], 'abc', ''],
  ['replace every match', [{ replace: '\\d+', with: 'x' }], 'x/1.2.3', 'x/x.x.x'],
  ['replace without a match', [{ replace: '\\d+', with: 'x' }], 'agent', 'agent'],
  ['replace with a group', [{ replace: '(a)(b)', with: '$2$1' }], 'abab', 'baba'],
  ['add suffix', [{ addSuffix: 'ms' }], '150', '150ms'],
  ['add prefix', [{ addPrefix: 'v' }], '1.2.0', 'v1.2.0'],
  ['lower and upper', ['lower', 'upper'], 'aÉ', 'AÉ'],
  ['mask', [{ mask: 4 }], 'abcdefghijklmnop', 'abcd***mnop'],
  ['mask of a short value', [{ mask: 4 }], 'abcdefgh', '***'],
  ['match', [{ match: '[a-z]+' }], 'abc', 'abc'],
  ['match of a part is no match', [{ match: '[a-z]+' }], 'abc1', undefined],
  ['a function', [(value) => [...value].reverse().join('')], 'añb', 'bña'],
  ['a chain', ['trim', { removePrefix: 'Bearer ' }, { truncate: 3 }], ' Bearer abcdef', 'abc'],
  ['the same chain in another order', [{ truncate: 3 }, { removePrefix: 'Bearer ' }, 'trim'], ' Bearer abcdef', 'Be'],
  ['nothing after a refusal', [{ match: 'x' }, { addSuffix: 'y' }], 'z', undefined],
  ['no transform', [], ' as it is ', ' as it is '],
])('%s', (_, transforms, value, expected) => {
  expect(compileTransforms(transforms)(value)).toBe(expected);
});

test('a masked value of 12 characters shows 8, one of 11 shows none', () => {
  expect([maskValue('123456789012'), maskValue('12345678901'), maskValue('')]).toEqual(['1234***9012', '***', '***']);
});
