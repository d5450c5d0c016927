import { create } from '@bufbuild/protobuf';
import {
  type DeactivateUserRequest,
  type DeactivateUserResponse,
  DeactivateUserResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { endSessionsOf } from '../store/sessions-store.ts';
import { deactivateUser as close } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { requireVisibleUser, userNotFound } from './require-visible-user.ts';
import { userMessage } from './user-message.ts';

/** Closes an account and ends its sessions; closing it twice changes nothing. */
export async function deactivateUser(
  deps: UsersDependencies,
  request: DeactivateUserRequest,
): Promise<DeactivateUserResponse> {
  const id = requireVisibleUser(request.id);
  const row = await deps.database.transaction(async (tx) => {
    const closed = await close(tx.kysely, id);
    if (closed !== undefined) await endSessionsOf(tx.kysely, id, 'deactivated');
    return closed;
  });
  if (row === undefined) throw userNotFound(request.id);
  return create(DeactivateUserResponseSchema, { user: userMessage(row) });
}
