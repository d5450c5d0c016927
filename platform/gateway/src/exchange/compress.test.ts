import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chooseEncoding, compress } from './compress.ts';

describe('chooseEncoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['zstd, gzip', 'zstd'],
    ['GZIP', 'gzip'],
    ['deflate', undefined],
    ['*', 'br'],
    ['*, br;q=0', 'zstd'],
    ['br;q=0, gzip;q=0', undefined],
    ['identity, br;q=0.5', undefined],
    ['br;q=nonsense', undefined],
  ])('%s gives %s', (header, encoding) => {
    expect(chooseEncoding(header)).toBe(encoding);
  });
});

describe('compress', () => {
  it.each([
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('%s is read by its own reader', async (encoding, read) => {
    const bytes = Buffer.from('{"a":1}'.repeat(1_000));
    const compressed = await compress(encoding, bytes);

    expect(read(compressed)).toEqual(bytes);
    expect(compressed.byteLength).toBeLessThan(200);
  });
});
