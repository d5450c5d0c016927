import { describe, expect, it } from 'vitest';
import { readRequestDeadline } from './request-deadline.ts';

describe('readRequestDeadline', () => {
  it.each([
    ['200m', 1_200],
    ['2S', 3_000],
    ['00000002S', 3_000],
    ['1H', 3_601_000],
    ['500u', 1_000.5],
    ['99999999S', 100_000_000_000],
  ])('%s after 1,000 ms ends at %d ms', (header, dueAtMs) => {
    expect(readRequestDeadline(header, 1_000)).toBe(dueAtMs);
  });

  it('has none without the header', () => {
    expect(readRequestDeadline(undefined, 1_000)).toBeUndefined();
  });

  it.each(['', '2', 'S', '2s', '2 S', '1.5S', '-1S', '+1S', '0m', '00S', '2S, 3S', '123456789m', '1e3m', '２S', '2Sx'])(
    'refuses %j and names the header',
    (header) => {
      expect(() => readRequestDeadline(header, 1_000)).toThrow(
        expect.objectContaining({
          reason: 'HEADER_INVALID',
          executed: 'no',
          violations: [expect.objectContaining({ field: 'grpc-timeout' })],
        }),
      );
    },
  );
});
