import { create } from '@bufbuild/protobuf';
import { type GetUserRequest, type GetUserResponse, GetUserResponseSchema } from '@mainstay/contracts/users/v1/users';
import { accountReaders } from '../domain/access.ts';
import { findUser } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { requireVisibleUser, userNotFound } from './require-visible-user.ts';
import { userMessage } from './user-message.ts';

/** Returns an account that the caller may see. */
export async function getUser(deps: UsersDependencies, request: GetUserRequest): Promise<GetUserResponse> {
  const row = await findUser(deps.database.kysely, requireVisibleUser(request.id, accountReaders));
  if (row === undefined) throw userNotFound(request.id);
  return create(GetUserResponseSchema, { user: userMessage(row) });
}
