import { create } from '@bufbuild/protobuf';
import {
  type RevokeRoleGrantRequest,
  type RevokeRoleGrantResponse,
  RevokeRoleGrantResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { isUuid, PlatformError } from '@mainstay/kernel';
import { usersReasons } from '../errors.ts';
import { revokeRoleGrant as endGrant } from '../store/role-grants-store.ts';
import { callingAdmin } from './calling-admin.ts';
import type { UsersDependencies } from './dependencies.ts';
import { roleGrantMessage } from './role-grant-message.ts';

/**
 * Ends a grant before its time: no token is signed with its role from then on.
 *
 * @throws {@link PlatformError} `not_found` / `ROLE_GRANT_UNKNOWN` when none of this id is in force.
 */
export async function revokeRoleGrant(
  deps: UsersDependencies,
  { userId, grantId }: RevokeRoleGrantRequest,
): Promise<RevokeRoleGrantResponse> {
  const by = { userId: callingAdmin(), at: new Date(deps.clock.nowMs()) };
  const row =
    isUuid(userId) && isUuid(grantId) ? await endGrant(deps.database.kysely, { id: grantId, userId }, by) : undefined;
  if (row === undefined) {
    throw new PlatformError(
      usersReasons.ROLE_GRANT_UNKNOWN,
      `the account has no grant ${JSON.stringify(grantId)} in force`,
    );
  }
  return create(RevokeRoleGrantResponseSchema, { grant: roleGrantMessage(row) });
}
