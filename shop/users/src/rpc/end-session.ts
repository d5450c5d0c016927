import { create } from '@bufbuild/protobuf';
import {
  type EndSessionRequest,
  type EndSessionResponse,
  EndSessionResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { sha256 } from '../sessions/refresh-token.ts';
import { lockToken, endSession as markEnded } from '../store/sessions-store.ts';
import type { UsersDependencies } from './dependencies.ts';

/** Signs out; an unknown token is no error, so that signing out never fails for the user. */
export async function endSession(deps: UsersDependencies, request: EndSessionRequest): Promise<EndSessionResponse> {
  await deps.database.transaction(async (tx) => {
    const token = await lockToken(tx.kysely, sha256(request.refreshToken));
    if (token !== undefined) await markEnded(tx.kysely, token.session_id, 'signed_out');
  });
  return create(EndSessionResponseSchema);
}
