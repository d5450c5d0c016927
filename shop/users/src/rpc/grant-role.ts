import { create } from '@bufbuild/protobuf';
import {
  type GrantRoleRequest,
  type GrantRoleResponse,
  GrantRoleResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { isUuid, PlatformError, uuidv7 } from '@mainstay/kernel';
import { usersReasons } from '../errors.ts';
import { insertRoleGrant } from '../store/role-grants-store.ts';
import { findUser } from '../store/users-store.ts';
import { callingAdmin } from './calling-admin.ts';
import type { UsersDependencies } from './dependencies.ts';
import { userNotFound } from './require-visible-user.ts';
import { roleGrantMessage } from './role-grant-message.ts';

/** Most grants of one account at a time: all of them are in its tokens, which travel with every request. */
const mostInForce = 10;

/** Gives an account a role for a time and for one customer; the row stays as the record of who did it and why. */
export async function grantRole(deps: UsersDependencies, request: GrantRoleRequest): Promise<GrantRoleResponse> {
  const { userId, customerId, role, reason, durationSeconds } = request;
  const grantedBy = callingAdmin();
  for (const id of [userId, customerId]) {
    if (!isUuid(id) || (await findUser(deps.database.kysely, id)) === undefined) throw userNotFound(id);
  }
  const nowMs = deps.clock.nowMs();
  const grant = {
    id: uuidv7(deps.clock),
    user_id: userId,
    customer_id: customerId,
    role,
    reason,
    granted_by: grantedBy,
    granted_at: new Date(nowMs),
    expires_at: new Date(nowMs + durationSeconds * 1_000),
  };
  const row = await deps.database.transaction((tx) => insertRoleGrant(tx.kysely, grant, mostInForce));
  if (row !== undefined) return create(GrantRoleResponseSchema, { grant: roleGrantMessage(row) });
  const message = `the account has ${mostInForce} grants in force; take one back, or wait for the end of one`;
  throw new PlatformError(usersReasons.ROLE_GRANTS_EXHAUSTED, message);
}
