import { create } from '@bufbuild/protobuf';
import { type GetKeySetResponse, GetKeySetResponseSchema } from '@mainstay/contracts/users/v1/users';
import type { Clock } from '@mainstay/kernel';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** Signs tokens as the users service does, and tells its public keys. */
export interface TokenIssuer {
  /** A good token unless something is changed. */
  sign(changes?: TokenChanges): Promise<string>;
  /** Signs with a new key from now on; the old one stays in the set. */
  rotate(): Promise<void>;
  keySet(): GetKeySetResponse;
  /** How often the key set was asked for. */
  readonly fetchCount: number;
  /** While true, asking for the key set fails. */
  down: boolean;
}

export interface TokenChanges {
  readonly subject?: string;
  readonly roles?: unknown;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expiresInSeconds?: number;
  readonly notBeforeInSeconds?: number;
  readonly kid?: string;
  readonly typ?: string;
  /** Signs with a key that nobody knows, under the current key's id. */
  readonly forged?: boolean;
  readonly claims?: JWTPayload;
}

export const userId = '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e';

export async function createTokenIssuer(clock: Pick<Clock, 'nowMs'>): Promise<TokenIssuer> {
  const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys: { kid: string; x: string; privateKey: CryptoKey }[] = [];
  const rotate = async (): Promise<void> => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const { x = '' } = await exportJWK(publicKey);
    keys.unshift({ kid: `key-${keys.length + 1}`, x, privateKey });
  };
  await rotate();

  const issuer: TokenIssuer & { fetchCount: number } = {
    fetchCount: 0,
    down: false,
    rotate,
    keySet() {
      issuer.fetchCount += 1;
      if (issuer.down) throw new Error('users is down');
      return create(GetKeySetResponseSchema, {
        issuer: 'https://users.lab',
        audience: 'lab',
        keys: keys.map(({ kid, x }) => ({ kid, x, kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })),
      });
    },
    sign(changes = {}) {
      const current = keys[0] as (typeof keys)[number];
      const nowSeconds = Math.floor(clock.nowMs() / 1_000);
      const { roles = ['customer'], kid = current.kid, typ = 'at+jwt', subject = userId } = changes;
      const token = new SignJWT({ roles, ...changes.claims })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ })
        .setSubject(subject)
        .setIssuer(changes.issuer ?? 'https://users.lab')
        .setAudience(changes.audience ?? 'lab')
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + (changes.expiresInSeconds ?? 900));
      if (changes.notBeforeInSeconds !== undefined) token.setNotBefore(nowSeconds + changes.notBeforeInSeconds);
      return token.sign(changes.forged === true ? stranger.privateKey : current.privateKey);
    },
  };
  return issuer;
}
