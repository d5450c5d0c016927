import { isUuid, uuidv7 } from '@mainstay/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePageToken, encodePageToken } from './page-token.ts';

test('a token gives its order back for its own search and for no other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (search, other) => {
      const id = uuidv7();
      const token = encodePageToken(id, search);
      expect(decodePageToken(token, search)).toBe(id);
      expect(decodePageToken(token, other)).toBe(other === search ? id : undefined);
    }),
  );
});

test('whatever is sent as a token, what comes out is a UUID or nothing', () => {
  const forged = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.string().map((id) => encodePageToken(id, '')),
  );
  fc.assert(
    fc.property(forged, (token) => {
      const id = decodePageToken(token, '');
      expect(id === undefined || isUuid(id)).toBe(true);
    }),
  );
});
