import { create } from '@bufbuild/protobuf';
import {
  type ListRoleGrantsRequest,
  type ListRoleGrantsResponse,
  ListRoleGrantsResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { isUuid } from '@mainstay/kernel';
import { listRoleGrants as readGrants } from '../store/role-grants-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { roleGrantMessage } from './role-grant-message.ts';

/** Lists the grants of an account, ended ones among them; an unknown account has none. */
export async function listRoleGrants(
  deps: UsersDependencies,
  { userId }: ListRoleGrantsRequest,
): Promise<ListRoleGrantsResponse> {
  const rows = isUuid(userId) ? await readGrants(deps.database.kysely, userId) : [];
  return create(ListRoleGrantsResponseSchema, { grants: rows.map(roleGrantMessage) });
}
