import { type TakenCase, takes, takesBody } from './case.ts';

const lab = 'type.googleapis.com/lab.v1';
const wkt = 'type.googleapis.com/google.protobuf';
const deep = (levels: number): string => `${'{"again":'.repeat(levels)}{}${'}'.repeat(levels)}`;

/** The JSON of bodies: every kind of field, and the forms that the mapping leaves open. */
export const bodyCases: readonly TakenCase[] = [
  ...takesBody('POST /lab/things:batch', 'batchThings', [
    ['', {}],
    [' \n{} ', {}],
    ['\uFEFF{}', {}],
    ['{"text":"é\\u00e9\\ud83d\\udcda"}', { text: 'éé📚' }],
    ['{"unsigned_small":7,"unsignedBig":"8"}', { unsigned_small: 7, unsigned_big: '8' }],
    ['{"small":1.0,"unsigned_small":"12"}', { small: 1, unsigned_small: 12 }],
    ['{"big":9223372036854775807}', { big: '9223372036854775807' }],
    ['{"big":"-9223372036854775808"}', { big: '-9223372036854775808' }],
    ['{"big":9007199254740993}', { big: '9007199254740993' }],
    ['{"unsigned_big":18446744073709551615}', { unsigned_big: '18446744073709551615' }],
    ['{"bigs":[9223372036854775807,"1",-2]}', { bigs: ['9223372036854775807', '1', '-2'] }],
    ['{"maybe_big":9007199254740993}', { maybe_big: '9007199254740993' }],
    ['{"ratio":"Infinity","short_ratio":"NaN"}', { ratio: 'Infinity', short_ratio: 'NaN' }],
    ['{"ratio":-0.0}', { ratio: -0 }],
    ['{"ratio":"1e3","short_ratio":0.5}', { ratio: 1000, short_ratio: 0.5 }],
    ['{"ratio":12345678901234567890}', { ratio: 12345678901234567000 }],
    ['{"raw":"AQID_-8="}', { raw: 'AQID/+8=' }],
    ['{"colour":"COLOUR_RED","colours":[1,"COLOUR_BLUE"]}', { colour: 1, colours: [1, 2] }],
    [
      '{"counts":{"a":1,"":2,"__proto__":3}}',
      {
        counts: Object.fromEntries([
          ['a', 1],
          ['', 2],
          ['__proto__', 3],
        ]),
      },
    ],
    ['{"inners_by_number":{"-1":{"name":"a"},"7":{}}}', { inners_by_number: { '-1': { name: 'a' }, '7': {} } }],
    ['{"text":null,"inner":null,"numbers":null,"counts":null,"left":null}', {}],
    ['{"left":"a","right":null}', { left: 'a' }],
    ['{"right":{}}', { right: {} }],
    [
      '{"inner":{"name":"a"},"inners":[{},{"deep_count":1}]}',
      { inner: { name: 'a' }, inners: [{}, { deep_count: '1' }] },
    ],
    ['{"at":"0001-01-01T00:00:00Z"}', { at: '0001-01-01T00:00:00Z' }],
    ['{"at":"9999-12-31T23:59:59.999999999Z"}', { at: '9999-12-31T23:59:59.999999999Z' }],
    ['{"lasts":"315576000000s"}', { lasts: '315576000000s' }],
    ['{"mask":"inner.deep_count,maybeText"}', { mask: 'inner.deepCount,maybeText' }],
    ['{"mask":""}', { mask: '' }],
    ['{"maybe_flag":false,"maybe_text":""}', { maybe_flag: false, maybe_text: '' }],
    ['{"maybe_flag":null}', {}],
    ['{"free":{"a":[1,null,{"b":"x"}]},"any_value":null}', { free: { a: [1, null, { b: 'x' }] }, any_value: null }],
    ['{"any_value":{"a":[true]},"free_list":[1,"a",null]}', { any_value: { a: [true] }, free_list: [1, 'a', null] }],
    ['{"optional_small":0}', { optional_small: 0 }],
    [`{"thing":{"@type":"${lab}.Inner","name":"a"}}`, { thing: { '@type': `${lab}.Inner`, name: 'a' } }],
    ['{"thing":{}}', { thing: {} }],
    [
      `{"thing":{"deep_count":9223372036854775807,"@type":"${lab}.Inner"}}`,
      { thing: { '@type': `${lab}.Inner`, deep_count: '9223372036854775807' } },
    ],
    [`{"thing":{"@type":"${wkt}.Duration","value":"1.5s"}}`, { thing: { '@type': `${wkt}.Duration`, value: '1.5s' } }],
    [
      `{"thing":{"@type":"${wkt}.Any","value":{"@type":"${lab}.Inner"}}}`,
      { thing: { '@type': `${wkt}.Any`, value: { '@type': `${lab}.Inner` } } },
    ],
    [
      `{"things":[{"@type":"${wkt}.Int64Value","value":9007199254740993},{"@type":"other.example/lab.v1.Inner"}]}`,
      {
        things: [
          { '@type': `${wkt}.Int64Value`, value: '9007199254740993' },
          { '@type': 'other.example/lab.v1.Inner' },
        ],
      },
    ],
    [`{"inner":${deep(30)}}`, { inner: JSON.parse(deep(30)) as object as never }],
  ]),
  ...takesBody('PUT /lab/things/n', 'putThing', [
    ['{"deep_count":"1"}', { inner: { name: 'n', deep_count: '1' } }, { inner: { name: 'n', deep_count: '1' } }],
    ['{"name":"n"}', { inner: { name: 'n' } }, { inner: { name: 'n', deep_count: '0' } }],
    ['', { inner: { name: 'n' } }, { inner: { name: 'n', deep_count: '0' } }],
    ['null', { inner: { name: 'n' } }, { inner: { name: 'n', deep_count: '0' } }],
  ]),
  ...takesBody('PUT /lab/things/n?text=a&flag=true', 'putThing', [
    ['{}', { inner: { name: 'n' }, text: 'a', flag: true }, { inner: { name: 'n', deep_count: '0' } }],
  ]),
  ...takesBody('POST /lab/numbers', 'postNumbers', [['[1,2]', { numbers: [1, 2] }]]),
  ...takesBody('POST /lab/numbers?texts=a', 'postNumbers', [['', { texts: ['a'] }]]),
  ...takesBody('POST /lab/texts', 'postNumbers', [['"a"', { text: 'a' }]]),
  ...takesBody('PATCH /lab/things/a', 'patchThing', [
    ['{"text":"a","small":1}', { text: 'a', small: 1 }],
    ['{"text":null}', { text: 'a' }],
  ]),
  ...takesBody('DELETE /lab/things/a', 'deleteThing', [['{"text":"b"}', { text: 'a' }]]),
  ...takes('getNumbers', [
    ['GET /lab/numbers?numbers=1&numbers=2', { numbers: [1, 2] }, { numbers: [1, 2] }],
    ['GET /lab/numbers', {}, { numbers: [] }],
    ['GET /lab/bigs?big=9223372036854775807', { big: '9223372036854775807' }, { big: '9223372036854775807' }],
    ['GET /lab/bigs', {}, { big: '0' }],
    ['GET /lab/times?at=2026-01-31T12:00:00Z', { at: '2026-01-31T12:00:00Z' }, { at: '2026-01-31T12:00:00Z' }],
    ['GET /lab/times', {}, { at: null }],
    ['GET /lab/maps', {}, { counts: {} }],
  ]),
];

/** What a `PATCH` changes: what its mask names, or else what stands in its body. */
export const patchCases: readonly TakenCase[] = [
  ...takesBody('PATCH /lab/updates/t', 'updateThing', [
    ['{"small":1}', { thing: { text: 't', small: 1 }, update_mask: 'small' }],
    ['{"small":0,"flag":false}', { thing: { text: 't' }, update_mask: 'small,flag' }],
    ['{"inner":{"deepCount":1}}', { thing: { text: 't', inner: { deep_count: '1' } }, update_mask: 'inner.deepCount' }],
    ['{"inner":{}}', { thing: { text: 't', inner: {} }, update_mask: 'inner' }],
    ['{"inners":[{"name":"a"}]}', { thing: { text: 't', inners: [{ name: 'a' }] }, update_mask: 'inners' }],
    [
      '{"counts":{"a":1},"at":"2026-01-31T12:00:00Z"}',
      { thing: { text: 't', counts: { a: 1 }, at: '2026-01-31T12:00:00Z' }, update_mask: 'counts,at' },
    ],
    ['{"unsignedBig":"1","small":null}', { thing: { text: 't', unsigned_big: '1' }, update_mask: 'unsignedBig' }],
    ['{"text":"t","flag":true}', { thing: { text: 't', flag: true }, update_mask: 'flag' }],
    ['{}', { thing: { text: 't' } }],
    ['', { thing: { text: 't' } }],
  ]),
  ...takesBody('PATCH /lab/updates/t?update_mask=small,inner.deep_count&note=n', 'updateThing', [
    [
      '{"small":1,"flag":true}',
      { thing: { text: 't', small: 1, flag: true }, update_mask: 'small,inner.deepCount', note: 'n' },
    ],
  ]),
  ...takesBody('PATCH /lab/updates/t?updateMask=*', 'updateThing', [
    ['{"small":1}', { thing: { text: 't', small: 1 }, update_mask: '*' }],
  ]),
  ...takesBody('PATCH /lab/updates', 'updateThing', [
    ['{"thing":{"small":1},"note":"n"}', { thing: { small: 1 }, note: 'n', update_mask: 'thing,note' }],
    ['{"thing":{"small":1},"update_mask":"thing.small"}', { thing: { small: 1 }, update_mask: 'thing.small' }],
  ]),
];
