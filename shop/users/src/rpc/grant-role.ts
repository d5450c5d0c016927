import { create } from '@bufbuild/protobuf';
import {
  type GrantRoleRequest,
  type GrantRoleResponse,
  GrantRoleResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { isUuid, uuidv7 } from '@mainstay/kernel';
import { insertRoleGrant } from '../store/role-grants-store.ts';
import { findUser } from '../store/users-store.ts';
import { callingAdmin } from './calling-admin.ts';
import type { UsersDependencies } from './dependencies.ts';
import { userNotFound } from './require-visible-user.ts';
import { roleGrantMessage } from './role-grant-message.ts';

/** Gives an account a role for a time; the row stays as the record of who did it and why. */
export async function grantRole(deps: UsersDependencies, request: GrantRoleRequest): Promise<GrantRoleResponse> {
  const { userId, role, reason, durationSeconds } = request;
  const db = deps.database.kysely;
  const grantedBy = callingAdmin();
  if (!isUuid(userId) || (await findUser(db, userId)) === undefined) throw userNotFound(userId);
  const nowMs = deps.clock.nowMs();
  const row = await insertRoleGrant(db, {
    id: uuidv7(deps.clock),
    user_id: userId,
    role,
    reason,
    granted_by: grantedBy,
    granted_at: new Date(nowMs),
    expires_at: new Date(nowMs + durationSeconds * 1_000),
  });
  return create(GrantRoleResponseSchema, { grant: roleGrantMessage(row) });
}
