import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { optionError, PlatformError } from '@mainstay/kernel';
import { sealingReasons } from './errors.ts';

/** What a sealer is made of. */
export interface SealerOptions {
  /** 32 bytes in hex. */
  readonly keyHex: string;
  /** What is sealed, for example `payments token`; sealers of one key with different purposes open nothing of each other. */
  readonly purpose: string;
}

/** Keeps small secrets unreadable at rest. */
export interface Sealer {
  /**
   * Encrypts a text with AES-256-GCM.
   *
   * Shape: 12 bytes nonce, 16 bytes tag, ciphertext. Two seals of one text differ.
   *
   * @param boundTo - id of what the secret belongs to; the seal opens for no other.
   */
  seal(text: string, boundTo: string): Buffer;
  /** @throws {@link PlatformError} `data_loss` / `SEAL_BROKEN` when key, owner or bytes are others. */
  open(sealed: Uint8Array, boundTo: string): string;
  /** Keyed hash (HMAC-SHA-256): equal for equal content, useless for guessing without the key. */
  fingerprint(content: string | Uint8Array): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;
const keyShape = /^[0-9a-f]{64}$/;

/**
 * Makes a sealer; one key each for sealing and for fingerprints is derived from the key (HKDF, RFC 5869).
 *
 * Random nonces are safe for about 2^32 seals of one key and purpose (NIST SP 800-38D section 8.3).
 *
 * @throws {@link PlatformError} `OPTION_INVALID` for a key that is not 64 hex digits; the key is not shown.
 * @example
 * const sealer = createSealer({ keyHex: '0f'.repeat(32), purpose: 'payments token' });
 * sealer.open(sealer.seal('tok_visa', 'user-1'), 'user-1'); // 'tok_visa'
 */
export function createSealer({ keyHex, purpose }: SealerOptions): Sealer {
  if (!keyShape.test(keyHex)) throw optionError('sealer.keyHex', '64 lower-case hex digits', 'something else');
  const derive = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', Buffer.from(keyHex, 'hex'), '', `mainstay ${purpose} ${use}`, 32));
  const sealKey = derive('seal');
  const hashKey = derive('fingerprint');
  return {
    seal(text, boundTo) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(boundTo));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, boundTo) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealKey, sealed.subarray(0, nonceBytes))
          .setAAD(Buffer.from(boundTo))
          .setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
        const body = sealed.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch (cause) {
        const message = `a sealed ${purpose} of ${boundTo} does not open`;
        throw new PlatformError(sealingReasons.SEAL_BROKEN, message, { cause });
      }
    },
    fingerprint: (content) => createHmac('sha256', hashKey).update(content).digest(),
  };
}
