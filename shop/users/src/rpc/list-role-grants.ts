import { create } from '@bufbuild/protobuf';
import {
  type ListRoleGrantsRequest,
  type ListRoleGrantsResponse,
  ListRoleGrantsResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { isUuid, kernelReasons, PlatformError } from '@mainstay/kernel';
import { listRoleGrants as readGrants } from '../store/role-grants-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { roleGrantMessage } from './role-grant-message.ts';

const defaultPageSize = 50;
/** Stands for all accounts (AIP-159). */
const everybody = '-';

/**
 * Lists grants of an account or of all, page by page; an unknown account has none.
 *
 * One row more than asked for tells whether there is another page. A page token is the id of the last grant.
 *
 * @throws {@link PlatformError} `invalid_argument` / `PAGE_TOKEN_INVALID`.
 */
export async function listRoleGrants(
  { database, clock }: UsersDependencies,
  { userId, pageSize, pageToken, inForce }: ListRoleGrantsRequest,
): Promise<ListRoleGrantsResponse> {
  if (pageToken !== '' && !isUuid(pageToken)) {
    throw new PlatformError(kernelReasons.PAGE_TOKEN_INVALID, 'page_token is damaged', {
      violations: [
        { field: 'page_token', rule: 'page_token.invalid', message: 'take it unchanged from the page before' },
      ],
    });
  }
  if (userId !== everybody && !isUuid(userId)) return create(ListRoleGrantsResponseSchema);
  const limit = pageSize || defaultPageSize;
  const rows = await readGrants(database.kysely, {
    limit: limit + 1,
    ...(userId !== everybody && { userId }),
    ...(pageToken !== '' && { beforeId: pageToken }),
    ...(inForce && { inForceAt: new Date(clock.nowMs()) }),
  });
  const page = rows.slice(0, limit);
  return create(ListRoleGrantsResponseSchema, {
    grants: page.map(roleGrantMessage),
    nextPageToken: rows.length > limit ? (page.at(-1)?.id ?? '') : '',
  });
}
