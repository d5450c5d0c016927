import { create } from '@bufbuild/protobuf';
import {
  type ValidateUserRequest,
  type ValidateUserResponse,
  ValidateUserResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { isUuid } from '@mainstay/kernel';
import { findUser } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';

/** Tells whether a user exists and is active; a negative answer is an answer, not an error. */
export async function validateUser(
  deps: UsersDependencies,
  request: ValidateUserRequest,
): Promise<ValidateUserResponse> {
  const row = isUuid(request.userId) ? await findUser(deps.database.kysely, request.userId) : undefined;
  const reason = row === undefined ? 'UNKNOWN' : row.status === 'active' ? '' : 'DEACTIVATED';
  return create(ValidateUserResponseSchema, { valid: reason === '', reason });
}
