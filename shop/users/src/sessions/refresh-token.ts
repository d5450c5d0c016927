import { createHash, randomBytes } from 'node:crypto';

/** Makes a refresh token: 256 random bits with a prefix that scanners for leaked secrets can recognise. */
export function newRefreshToken(): string {
  return `mrt_${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a token, or of an e-mail address whose failures are counted. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
