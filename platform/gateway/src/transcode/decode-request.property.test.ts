import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { isPlatformError } from '@mainstay/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Everything } from '../../test/lab.ts';
import { decodeRequest } from './decode-request.ts';
import type { RequestShape } from './request-shape.ts';

const shape: RequestShape = { input: Everything, pathFields: new Map(), body: 'whole', isRaw: false, mask: undefined };
const queryShape: RequestShape = { ...shape, body: 'none' };
/** Without the float: its digits are rounded on the wire, which is right. */
const names = Everything.fields.flatMap((field) => [field.name, field.jsonName]).filter((name) => !/short/.test(name));
const textValues = ['1', '-1', '0x10', '1e3', 'NaN', 'COLOUR_RED', 'AQID', '1.5s', '2026-01-31T12:00:00Z', 'a_b,c', ''];
const numbers = [0, 1, -1, 1.5, 2 ** 31, -(2 ** 31), 2 ** 53, 1e300];

/** JSON whose names and values are close to what the message takes, so that many bodies are right or nearly so. */
const { value: nearJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, ...numbers, ...textValues),
    fc.string(),
    fc.double(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'deep_count', 'again', '__proto__', 'x'), tie('value'), { maxKeys: 3 }),
  ),
}));
const nearBody = fc.dictionary(fc.constantFrom(...names), nearJson, { maxKeys: 4 });

/** Decodes and gives the answer; anything that is no PlatformError of ours fails the property. */
function decode(requestShape: RequestShape, body: string | undefined, query: string): 'taken' | 'refused' {
  try {
    const bytes = body === undefined ? undefined : new TextEncoder().encode(body);
    const message = decodeRequest(requestShape, { pathValues: new Map(), query, body: bytes });
    const wire = toBinary(Everything, message);
    expect(toBinary(Everything, fromBinary(Everything, wire))).toEqual(wire);
    return 'taken';
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    expect(['REQUEST_INVALID', 'BODY_MALFORMED', 'URL_MALFORMED']).toContain(error.reason);
    return 'refused';
  }
}

describe('decodeRequest', () => {
  it('takes or refuses any JSON, and what it takes survives the wire', () => {
    const answers = new Set<string>();
    fc.assert(
      fc.property(nearBody, (body) => {
        answers.add(decode(shape, JSON.stringify(body), ''));
      }),
      { numRuns: 2_000 },
    );
    expect(answers).toEqual(new Set(['taken', 'refused']));
  });

  it('takes or refuses any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0123 truefalsn-.eE+aé\u0000') }), (text) => {
        decode(shape, text, '');
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes or refuses any query', () => {
    const pair = fc.tuple(fc.oneof(fc.constantFrom(...names, 'inner.name'), fc.string()), fc.string());
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 4 }), fc.string(), (pairs, noise) => {
        const encoded = pairs.map(
          ([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
        );
        decode(queryShape, undefined, [...encoded, noise].join('&'));
      }),
      { numRuns: 1_000 },
    );
  });
});
