import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type RoleGrant, RoleGrantSchema } from '@mainstay/contracts/users/v1/users';
import type { RoleGrantRow } from '../store/tables.ts';

/** A grant as administrators see it. */
export function roleGrantMessage(row: RoleGrantRow): RoleGrant {
  return create(RoleGrantSchema, {
    id: row.id,
    userId: row.user_id,
    role: row.role,
    reason: row.reason,
    grantedBy: row.granted_by,
    grantedAt: timestampFromDate(row.granted_at),
    expiresAt: timestampFromDate(row.expires_at),
    ...(row.revoked_at !== null && { revokedAt: timestampFromDate(row.revoked_at) }),
    revokedBy: row.revoked_by ?? '',
    customerId: row.customer_id ?? '',
  });
}
