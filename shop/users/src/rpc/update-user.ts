import { create } from '@bufbuild/protobuf';
import {
  type UpdateUserRequest,
  UpdateUserRequestSchema,
  type UpdateUserResponse,
  UpdateUserResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { changedFields } from '@mainstay/rpc';
import { normalizeEmail } from '../domain/email.ts';
import { findUser, type ProfileChange, updateProfile } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { emailTakenOr } from './email-taken.ts';
import { requireVisibleUser, userNotFound } from './require-visible-user.ts';
import { storedAddress, userMessage } from './user-message.ts';

/** Changes a profile: the fields of the mask, or every field that is set when there is no mask. */
export async function updateUser(deps: UsersDependencies, request: UpdateUserRequest): Promise<UpdateUserResponse> {
  const id = requireVisibleUser(request.id);
  const change = profileChange(request);
  const db = deps.database.kysely;
  try {
    const row = Object.keys(change).length === 0 ? await findUser(db, id) : await updateProfile(db, id, change);
    if (row === undefined) throw userNotFound(request.id);
    return create(UpdateUserResponseSchema, { user: userMessage(row) });
  } catch (error) {
    throw emailTakenOr(error);
  }
}

function profileChange(request: UpdateUserRequest): ProfileChange {
  const changed = changedFields(UpdateUserRequestSchema, request, {
    mask: request.updateMask,
    changeable: ['email', 'first_name', 'last_name', 'address'],
    clearable: ['address'],
  });
  const { email = '', firstName = '', lastName = '' } = request;
  return {
    ...(changed.has('email') && { email: normalizeEmail(email) }),
    ...(changed.has('first_name') && { first_name: firstName }),
    ...(changed.has('last_name') && { last_name: lastName }),
    ...(changed.has('address') && { address: storedAddress(request.address) ?? null }),
  };
}
