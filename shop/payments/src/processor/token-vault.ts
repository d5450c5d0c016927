import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts payment tokens at rest and recognises one that was stored before. */
export interface TokenVault {
  /** AES-256-GCM; the bytes are nonce, tag and ciphertext. */
  seal(token: string): Buffer;
  /** @throws when the bytes were changed or another key sealed them. */
  open(sealed: Buffer): string;
  /** Keyed hash: equal for equal tokens, useless without the key. */
  fingerprint(token: string): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Makes a vault.
 *
 * @param keyHex - 32 bytes in hex; one key each for sealing and for fingerprints is derived from it (HKDF, RFC 5869).
 */
export function createTokenVault(keyHex: string): TokenVault {
  const derive = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', Buffer.from(keyHex, 'hex'), '', `mainstay payments ${use}`, 32));
  const sealKey = derive('seal');
  const hashKey = derive('fingerprint');
  return {
    seal(token) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      const body = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', sealKey, sealed.subarray(0, nonceBytes));
      decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
      const body = sealed.subarray(nonceBytes + tagBytes);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
    fingerprint: (token) => createHmac('sha256', hashKey).update(token).digest(),
  };
}
