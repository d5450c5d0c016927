import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';

/** Which answers are compressed. */
export interface CompressionSettings {
  /**
   * `public` compresses public routes asked without a token, where there is no secret to be guessed by the length of an answer;
   * `all` also what a signed-in user sees; `off` nothing.
   */
  readonly compress: 'off' | 'public' | 'all';
  /** Shortest answer that is compressed, in bytes. */
  readonly fromBytes: number;
}

type Encoding = 'br' | 'zstd' | 'gzip';

const brotli = promisify(brotliCompress);
const zstd = promisify(zstdCompress);
const gzipped = promisify(gzip);
/** Levels that a server can pay for each answer; the best ones are for files that are compressed once. */
const compressors: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) =>
    brotli(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength },
    }),
  zstd: (bytes) => zstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
  gzip: (bytes) => gzipped(bytes, { level: 5 }),
};
/** Ours first among those that a client likes equally. */
const encodings = Object.keys(compressors) as readonly Encoding[];

/** Compresses bytes off the main thread. */
export function compress(encoding: Encoding, bytes: Buffer): Promise<Buffer> {
  return compressors[encoding](bytes);
}

/**
 * Picks the encoding that an `Accept-Encoding` header likes best.
 *
 * @returns undefined for none of ours, and without the header.
 * @see RFC 9110 section 12.5.3
 */
export function chooseEncoding(header: string | undefined): Encoding | undefined {
  if (header === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.trim().split(/\s*;\s*/);
    weights.set(name, Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1));
  }
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  const [best] = encodings.filter((name) => weightOf(name) > 0).sort((a, b) => weightOf(b) - weightOf(a));
  return best !== undefined && weightOf(best) >= (weights.get('identity') ?? 0) ? best : undefined;
}
