import { create } from '@bufbuild/protobuf';
import {
  type ChangePasswordRequest,
  type ChangePasswordResponse,
  ChangePasswordResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { PlatformError } from '@mainstay/kernel';
import { usersReasons } from '../errors.ts';
import { endSessionsOf } from '../store/sessions-store.ts';
import { findUser, updatePassword } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { rejectBadPassword } from './reject-password.ts';
import { requireVisibleUser, userNotFound } from './require-visible-user.ts';

/** Changes a password and ends all sessions of the account, the caller's own included. */
export async function changePassword(
  deps: UsersDependencies,
  request: ChangePasswordRequest,
): Promise<ChangePasswordResponse> {
  const user = await findUser(deps.database.kysely, requireVisibleUser(request.id));
  if (user === undefined) throw userNotFound(request.id);
  if (!(await deps.passwords.verify(request.currentPassword, user.password_hash))) {
    throw new PlatformError(usersReasons.CREDENTIALS_INVALID, 'the current password is wrong');
  }
  rejectBadPassword(request.newPassword, user.email, 'new_password');
  const passwordHash = await deps.passwords.hash(request.newPassword);
  await deps.database.transaction(async (tx) => {
    await updatePassword(tx.kysely, user.id, passwordHash);
    await endSessionsOf(tx.kysely, user.id, 'password_changed');
  });
  return create(ChangePasswordResponseSchema);
}
