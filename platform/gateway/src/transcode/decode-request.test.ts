import { create, type DescField, toJson } from '@bufbuild/protobuf';
import { isPlatformError } from '@mainstay/kernel';
import { describe, expect, it } from 'vitest';
import { Everything } from '../../test/lab.ts';
import { decodeRequest, type RequestParts } from './decode-request.ts';
import { resolveFieldPath } from './field-table.ts';
import type { RequestShape } from './request-shape.ts';

function shape(body: string, ...path: readonly string[]): RequestShape {
  const pathFields = new Map(path.map((name) => [name, resolveFieldPath(Everything, name) ?? []]));
  const field = resolveFieldPath(Everything, body)?.[0] as DescField;
  const from = body === '*' ? 'whole' : body === '' ? 'none' : field;
  return { input: Everything, pathFields, body: from, isRaw: false, mask: undefined };
}

function parts(text: string | undefined, query = '', pathValues: Record<string, string> = {}): RequestParts {
  const body = text === undefined ? undefined : new TextEncoder().encode(text);
  return { pathValues: new Map(Object.entries(pathValues)), query, body };
}

/** What comes out: the message as JSON, or each violation as `field rule`, or the reason. */
function outcome(requestShape: RequestShape, requestParts: RequestParts): unknown {
  try {
    return toJson(Everything, decodeRequest(requestShape, requestParts), { useProtoFieldName: true });
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    if (error.reason !== 'REQUEST_INVALID') return error.reason;
    return error.violations.map((violation) => `${violation.field} ${violation.rule}`);
  }
}

const nested = (depth: number): string => `{"again":${'{"again":'.repeat(depth - 2)}{}${'}'.repeat(depth - 2)}}`;
const body = (text: string): unknown => outcome(shape('*'), parts(text));
const query = (text: string): unknown => outcome(shape(''), parts(undefined, text));

describe('decodeRequest: body', () => {
  it.each<[string, unknown]>([
    ['', {}],
    ['{}', {}],
    [' \n{} ', {}],
    ['\uFEFF{}', {}],
    ['{"text":"é"}', { text: 'é' }],
    ['{"unsigned_small":7,"unsignedBig":"8"}', { unsigned_small: 7, unsigned_big: '8' }],
    ['{"small":1.0}', { small: 1 }],
    ['{"small":"12"}', { small: 12 }],
    ['{"small":-2147483648}', { small: -2147483648 }],
    ['{"big":9007199254740993}', { big: '9007199254740993' }],
    ['{"big":"9223372036854775807"}', { big: '9223372036854775807' }],
    ['{"big":9223372036854775807}', { big: '9223372036854775807' }],
    ['{"unsigned_big":18446744073709551615}', { unsigned_big: '18446744073709551615' }],
    ['{"maybe_big":9007199254740993}', { maybe_big: '9007199254740993' }],
    ['{"ratio":12345678901234567890}', { ratio: 12345678901234567000 }],
    ['{"ratio":"1e3","short_ratio":0.5}', { ratio: 1000, short_ratio: 0.5 }],
    ['{"ratio":"Infinity"}', { ratio: 'Infinity' }],
    ['{"raw":"AQID"}', { raw: 'AQID' }],
    [
      '{"colour":"COLOUR_RED","colours":[1,"COLOUR_BLUE"]}',
      { colour: 'COLOUR_RED', colours: ['COLOUR_RED', 'COLOUR_BLUE'] },
    ],
    ['{"counts":{"__proto__":1}}', { counts: Object.fromEntries([['__proto__', 1]]) }],
    ['{"text":null,"inner":null,"numbers":null,"counts":null,"left":null}', {}],
    ['{"left":"a","right":null}', { left: 'a' }],
    ['{"at":"2026-01-31T12:00:00Z","lasts":"1.5s"}', { at: '2026-01-31T12:00:00Z', lasts: '1.500s' }],
    ['{"mask":"inner.deep_count,maybeText"}', { mask: 'inner.deepCount,maybeText' }],
    ['{"maybe_flag":false}', { maybe_flag: false }],
    [
      '{"free":{"a":[1,null,{"__proto__":"x"}]},"any_value":null}',
      { free: { a: [1, null, Object.fromEntries([['__proto__', 'x']])] }, any_value: null },
    ],
    ['{"optional_small":0}', { optional_small: 0 }],
    [nested(32).replace('"again"', '"inner"'), expect.anything()],
  ])('takes %s', (text, expected) => {
    expect(body(text)).toEqual(expected);
  });

  it.each<[string, readonly string[]]>([
    ['[]', [' json.object']],
    ['null', [' json.object']],
    ['"text"', [' json.object']],
    ['1', [' json.object']],
    ['{"colour":"COLOUR_GREEN"}', ['colour json.enum']],
    ['{"colour":7}', ['colour json.enum']],
    ['{"colour":true}', ['colour json.enum']],
    ['{"text":1}', ['text json.string']],
    ['{"text":"\\u0000"}', ['text json.string']],
    ['{"text":"\\ud800"}', ['text json.string']],
    ['{"small":1.5}', ['small json.int32']],
    ['{"small":2147483648}', ['small json.int32']],
    ['{"small":99999999999999999999999}', ['small json.int32']],
    ['{"small":"0x10"}', ['small json.int32']],
    ['{"small":"1e3"}', ['small json.int32']],
    ['{"small":" 1"}', ['small json.int32']],
    ['{"small":""}', ['small json.int32']],
    ['{"small":"one"}', ['small json.int32']],
    ['{"small":true}', ['small json.int32']],
    ['{"small":[1]}', ['small json.int32']],
    ['{"unsigned_small":-1}', ['unsigned_small json.uint32']],
    ['{"big":9223372036854775808}', ['big json.int64']],
    ['{"big":1e300}', ['big json.int64']],
    ['{"big":"9223372036854775808"}', ['big json.int64']],
    ['{"unsigned_big":-1}', ['unsigned_big json.uint64']],
    ['{"ratio":1e999}', ['ratio json.double']],
    ['{"ratio":"one"}', ['ratio json.double']],
    ['{"short_ratio":1e39}', ['short_ratio json.float']],
    ['{"flag":"true"}', ['flag json.bool']],
    ['{"flag":1}', ['flag json.bool']],
    ['{"raw":"*"}', ['raw json.bytes']],
    ['{"inner":[]}', ['inner json.object']],
    ['{"inner":{"nme":"x"}}', ['inner.nme json.unknown_field']],
    ['{"numbers":1}', ['numbers json.list']],
    ['{"numbers":[1,"x",null]}', ['numbers[1] json.int32', 'numbers[2] json.null']],
    ['{"inners":[{},{"deep_count":"x"}]}', ['inners[1].deep_count json.int64']],
    ['{"counts":[]}', ['counts json.object']],
    ['{"counts":{"a b":"x"}}', ['counts["a b"] json.int32']],
    ['{"left":"a","right":{}}', ['right json.oneof']],
    ['{"at":"yesterday"}', ['at json.timestamp']],
    ['{"at":1}', ['at json.timestamp']],
    ['{"lasts":"1.5s; drop"}', ['lasts json.duration']],
    ['{"mask":["text"]}', ['mask json.fieldmask']],
    ['{"free":[]}', ['free json.struct']],
    ['{"__proto__":{"x":1}}', ['__proto__ json.unknown_field']],
    ['{"constructor":{"prototype":{}}}', ['constructor json.unknown_field']],
    ['{"toString":1}', ['toString json.unknown_field']],
    ['{"text":"a","text":"b"}', ['text json.duplicate']],
    ['{"text":"a","\\u0074ext":"b"}', ['text json.duplicate']],
    ['{"inners":[{},{"name":"a","name":"b"}]}', ['inners[1].name json.duplicate']],
    ['{"unsigned_small":1,"unsignedSmall":2}', ['unsigned_small json.duplicate']],
    ['{"small":"x","text":1,"nope":0}', ['small json.int32', 'text json.string', 'nope json.unknown_field']],
  ])('refuses %s', (text, violations) => {
    expect(body(text)).toEqual(violations);
  });

  it.each<[string, string | Uint8Array]>([
    ['half an object', '{"text":"secret'],
    ['a trailing comma', '{"small":1,}'],
    ['two values', '{} {}'],
    ['NaN', '{"ratio":NaN}'],
    ['a comment', '{/* */}'],
    ['single quotes', "{'small':1}"],
    ['33 levels', nested(33).replace('"again"', '"inner"')],
    ['100,000 open brackets', '['.repeat(100_000)],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['an overlong slash', new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ])('refuses %s as malformed', (_, text) => {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;

    expect(outcome(shape('*'), { pathValues: new Map(), query: '', body: bytes })).toBe('BODY_MALFORMED');
  });

  it('never repeats what the body says', () => {
    for (const text of ['{"text":"hunter2', '{"small":"hunter2"}', '{"at":"hunter2"}', '{"text":hunter2}']) {
      try {
        decodeRequest(shape('*'), parts(text));
        expect.unreachable();
      } catch (error) {
        expect(isPlatformError(error) && JSON.stringify([error.rawMessage, error.violations])).not.toContain('hunter2');
      }
    }
  });

  it('lists at most 50 violations, with names of at most 65 characters', () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `"${'x'.repeat(200)}${i}":1`);
    const found = body(`{${names.join(',')}}`) as readonly string[];

    expect(found).toHaveLength(50);
    expect(Math.max(...found.map((line) => line.split(' ')[0]?.length ?? 0))).toBe(65);
  });

  it('takes one field from the body when the rule says so', () => {
    expect(outcome(shape('inner'), parts('{"name":"a"}', 'text=b'))).toEqual({ inner: { name: 'a' }, text: 'b' });
    expect(outcome(shape('inner'), parts('{"nme":"a","nme":1}'))).toEqual([
      'inner.nme json.duplicate',
      'inner.nme json.unknown_field',
    ]);
    expect(outcome(shape('numbers'), parts('[1,2]'))).toEqual({ numbers: [1, 2] });
    expect(outcome(shape('inner'), parts('{}', 'inner.name=b'))).toEqual(['inner.name query.unknown']);
  });

  it('ignores a body when the rule has none', () => {
    expect(outcome(shape(''), parts('{"text":"a"}'))).toEqual({});
  });

  it('does not let a body change any prototype', () => {
    body('{"__proto__":{"polluted":1},"inner":{"__proto__":{"polluted":1}},"free":{"__proto__":{"polluted":1}}}');

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(create(Everything)).not.toHaveProperty('polluted');
  });
});

describe('decodeRequest: path', () => {
  it('sets fields, nested ones too', () => {
    expect(outcome(shape('', 'inner.name'), parts(undefined, '', { 'inner.name': 'a/b' }))).toEqual({
      inner: { name: 'a/b' },
    });
    expect(outcome(shape('', 'big'), parts(undefined, '', { big: '12' }))).toEqual({ big: '12' });
  });

  it('checks values like any other', () => {
    expect(outcome(shape('', 'small'), parts(undefined, '', { small: 'me' }))).toEqual(['small json.int32']);
    expect(outcome(shape('', 'text'), parts(undefined, '', { text: '\0' }))).toEqual(['text json.string']);
  });

  it.each<[string, unknown]>([
    ['{"text":"a"}', { text: 'a' }],
    ['{"text":null}', { text: 'a' }],
    ['{"text":"b"}', ['text path.conflict']],
    ['{"text":["a"]}', ['text path.conflict', 'text json.string']],
  ])('with the body %s', (text, expected) => {
    expect(outcome(shape('*', 'text'), parts(text, '', { text: 'a' }))).toEqual(expected);
  });

  it('finds the field of the body under its other name', () => {
    const pathValues = { unsigned_small: '1' };

    expect(outcome(shape('*', 'unsigned_small'), parts('{"unsignedSmall":1}', '', pathValues))).toEqual({
      unsigned_small: 1,
    });
    expect(outcome(shape('*', 'unsigned_small'), parts('{"unsignedSmall":2}', '', pathValues))).toEqual([
      'unsigned_small path.conflict',
    ]);
  });
});

describe('decodeRequest: query', () => {
  it.each<[string, unknown]>([
    ['text=a+b%20c%2B', { text: 'a b c+' }],
    ['text=a=b', { text: 'a=b' }],
    ['text', {}],
    ['&&small=1&', { small: 1 }],
    ['unsignedSmall=1&unsigned_big=2', { unsigned_small: 1, unsigned_big: '2' }],
    ['numbers=1&numbers=2', { numbers: [1, 2] }],
    ['colours=COLOUR_RED&colours=2&colour=1', { colour: 'COLOUR_RED', colours: ['COLOUR_RED', 'COLOUR_BLUE'] }],
    [
      'inner.name=a&inner.deepCount=3&inner.again.name=b',
      { inner: { name: 'a', deep_count: '3', again: { name: 'b' } } },
    ],
    ['flag=true&maybe_flag=false', { flag: true, maybe_flag: false }],
    ['ratio=-1.5e3', { ratio: -1500 }],
    [
      'at=2026-01-31T12:00:00Z&mask=text,inner.deep_count',
      { at: '2026-01-31T12:00:00Z', mask: 'text,inner.deepCount' },
    ],
    ['maybe_big=9007199254740993', { maybe_big: '9007199254740993' }],
    ['raw=AQID', { raw: 'AQID' }],
    ['txt=1', ['txt query.unknown']],
    ['inner=1', ['inner query.unknown']],
    ['inner.nme=1', ['inner.nme query.unknown']],
    ['inners.name=1', ['inners.name query.unknown']],
    ['counts.a=1', ['counts.a query.unknown']],
    ['counts=1', ['counts query.unknown']],
    ['free=1', ['free query.unknown']],
    ['__proto__=1&__proto__.x=1', ['__proto__ query.unknown', '__proto__.x query.unknown']],
    ['text.length=1', ['text.length query.unknown']],
    ['small=1&small=2', ['small query.repeated']],
    ['query=&small=&flag=&colour=&numbers=&at=', ['query query.unknown']],
    ['text=&small=&flag=&colour=&numbers=&at=', {}],
    ['small=1%00', ['small json.int32']],
    ['flag=yes', ['flag json.bool']],
    ['flag=TRUE', ['flag json.bool']],
    ['colour=RED', ['colour json.enum']],
    ['colour=99', ['colour json.enum']],
    ['left=a&right.name=b', ['right json.oneof']],
    ['text=%', 'URL_MALFORMED'],
    ['%ff=1', 'URL_MALFORMED'],
    ['text=%E0%A4', 'URL_MALFORMED'],
  ])('%s', (text, expected) => {
    expect(query(text)).toEqual(expected);
  });

  it('takes nothing from the query when the body is the message, or the path has it', () => {
    expect(outcome(shape('*'), parts('{}', 'text=a'))).toEqual(['text query.unknown']);
    expect(outcome(shape('', 'text'), parts(undefined, 'text=b', { text: 'a' }))).toEqual(['text query.unknown']);
  });
});
