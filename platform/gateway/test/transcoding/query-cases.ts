import type { JsonValue } from '@bufbuild/protobuf';
import { type TakenCase, takes } from './case.ts';

const queries: readonly (readonly [string, JsonValue])[] = [
  ['', {}],
  ['text=a', { text: 'a' }],
  ['text=a+b%20c%2B', { text: 'a b c+' }],
  ['text=a=b', { text: 'a=b' }],
  ['text=', {}],
  ['te%78t=a', { text: 'a' }],
  ['&&small=1&', { small: 1 }],
  ['small=-2147483648&unsigned_small=4294967295', { small: -2147483648, unsigned_small: 4294967295 }],
  ['unsignedSmall=1&unsigned_big=18446744073709551615', { unsigned_small: 1, unsigned_big: '18446744073709551615' }],
  ['big=-9223372036854775808', { big: '-9223372036854775808' }],
  ['big=9007199254740993', { big: '9007199254740993' }],
  ['ratio=NaN&short_ratio=-Infinity', { ratio: 'NaN', short_ratio: '-Infinity' }],
  ['ratio=5e-324', { ratio: 5e-324 }],
  ['flag=true&maybe_flag=false', { flag: true, maybe_flag: false }],
  ['raw=AQID', { raw: 'AQID' }],
  ['raw=-_8%3D', { raw: '+/8=' }],
  ['colour=COLOUR_RED', { colour: 'COLOUR_RED' }],
  ['colour=2', { colour: 'COLOUR_BLUE' }],
  ['colours=COLOUR_RED&colours=2&colours=COLOUR_RED', { colours: [1, 2, 1] }],
  ['numbers=1&numbers=2&numbers=1', { numbers: [1, 2, 1] }],
  ['texts=a&texts=&texts=b', { texts: ['a', '', 'b'] }],
  ['bigs=9223372036854775807&bigs=-1', { bigs: ['9223372036854775807', '-1'] }],
  ['inner.name=a&inner.deepCount=3', { inner: { name: 'a', deep_count: '3' } }],
  ['inner.again.again.name=b', { inner: { again: { again: { name: 'b' } } } }],
  ['left=a', { left: 'a' }],
  ['right.name=a', { right: { name: 'a' } }],
  ['at=2026-01-31T12:00:00Z', { at: '2026-01-31T12:00:00Z' }],
  ['at=2026-01-31T12:00:00.123456789%2B02:00', { at: '2026-01-31T10:00:00.123456789Z' }],
  ['lasts=1.5s', { lasts: '1.5s' }],
  ['lasts=-0.000000001s', { lasts: '-0.000000001s' }],
  ['mask=text,inner.deep_count', { mask: 'text,inner.deepCount' }],
  ['maybe_text=', { maybe_text: '' }],
  ['maybe_text=a', { maybe_text: 'a' }],
  ['maybeBig=9007199254740993', { maybe_big: '9007199254740993' }],
  ['maybe_ratio=1e3', { maybe_ratio: 1000 }],
  ['maybe_raw=AQ%3D%3D', { maybe_raw: 'AQ==' }],
  ['optional_small=0', { optional_small: 0 }],
];

/** What stands behind the question mark. */
export const queryCases: readonly TakenCase[] = takes(
  'listThings',
  queries.map(([query, message]) => [`GET /lab/things?${query}`, message] as const),
);
