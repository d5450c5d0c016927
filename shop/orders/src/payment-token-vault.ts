import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { PlatformError } from '@mainstay/kernel';
import { ordersReasons } from './errors.ts';

/** Keeps payment tokens unreadable between the call that brings one and the step that uses it. */
export interface PaymentTokenVault {
  /** AES-256-GCM in base64url; bound to the order, so that it opens for no other. */
  seal(token: string, orderId: string): string;
  /** @throws {@link PlatformError} `ORDER_TOKEN_UNREADABLE` when key, order or bytes are others. */
  open(sealed: string, orderId: string): string;
  /** Keyed hash of what a token is part of: equal contents are told without making tokens guessable. */
  readonly hash: (bytes: Uint8Array) => Uint8Array;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Makes a vault.
 *
 * @param keyHex - 32 bytes in hex; one key each for sealing and hashing is derived from it (HKDF, RFC 5869).
 */
export function createPaymentTokenVault(keyHex: string): PaymentTokenVault {
  const derive = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', Buffer.from(keyHex, 'hex'), '', `mainstay orders ${use}`, 32));
  const sealKey = derive('seal');
  const hashKey = derive('request hash');
  return {
    seal(token, orderId) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(orderId));
      const body = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed, orderId) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(orderId))
          .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
        const body = bytes.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch (cause) {
        const message = `the payment token of order ${orderId} cannot be decrypted`;
        throw new PlatformError(ordersReasons.ORDER_TOKEN_UNREADABLE, message, { cause });
      }
    },
    hash: (bytes) => createHmac('sha256', hashKey).update(bytes).digest(),
  };
}
