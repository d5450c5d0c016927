import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelReasons } from './errors/kernel-reasons.ts';
import { isPlatformError } from './errors/platform-error.ts';
import { decodePageToken, encodePageToken } from './page-token.ts';

const anything = (place: unknown): unknown => place;
const number = (place: unknown): number | undefined => (typeof place === 'number' ? place : undefined);

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return isPlatformError(error, kernelReasons.PAGE_TOKEN_INVALID) ? 'PAGE_TOKEN_INVALID' : String(error);
  }
}

test('a token gives its place back for its own search and is refused for any other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.jsonValue(), (search, other, place) => {
      const token = encodePageToken(search, place);
      expect(decodePageToken(token, search, anything)).toEqual(JSON.parse(JSON.stringify(place)));
      expect(reasonOf(() => decodePageToken(token, other, anything))).toBe(
        other === search ? undefined : 'PAGE_TOKEN_INVALID',
      );
    }),
  );
});

test('whatever is sent as a token, what comes out is a place that its reader takes, or PAGE_TOKEN_INVALID', () => {
  const forged = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.jsonValue().map((place) => encodePageToken('', place)),
  );
  fc.assert(
    fc.property(forged, (token) => {
      let place: unknown;
      const reason = reasonOf(() => (place = decodePageToken(token, '', number)));
      if (reason === undefined) expect(typeof place).toBe('number');
      else expect(reason).toBe('PAGE_TOKEN_INVALID');
    }),
  );
});
