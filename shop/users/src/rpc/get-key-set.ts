import { create } from '@bufbuild/protobuf';
import { type GetKeySetResponse, GetKeySetResponseSchema } from '@mainstay/contracts/users/v1/users';
import type { UsersDependencies } from './dependencies.ts';

/** Returns the public keys that verify access tokens, in the form of RFC 8037. */
export async function getKeySet(deps: UsersDependencies): Promise<GetKeySetResponse> {
  const keys = await deps.keys.publicKeys();
  return create(GetKeySetResponseSchema, {
    keys: keys.map(({ kid, x }) => ({ kid, x, kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })),
    issuer: deps.accessTokens.issuer,
    audience: deps.accessTokens.audience,
  });
}
