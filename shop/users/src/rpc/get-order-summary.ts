import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type GetOrderSummaryRequest,
  type GetOrderSummaryResponse,
  GetOrderSummaryResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { sumOrders } from '../store/user-orders-store.ts';
import { findUser } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { requireVisibleUser, userNotFound } from './require-visible-user.ts';

/** Returns what an account that the caller may see ordered so far, in sum. */
export async function getOrderSummary(
  { database }: UsersDependencies,
  request: GetOrderSummaryRequest,
): Promise<GetOrderSummaryResponse> {
  const userId = requireVisibleUser(request.id);
  if ((await findUser(database.kysely, userId)) === undefined) throw userNotFound(request.id);
  const { firstConfirmedAt, lastConfirmedAt, spent, ...counts } = await sumOrders(database, userId);
  return create(GetOrderSummaryResponseSchema, {
    summary: {
      ...counts,
      userId,
      spent: [...spent],
      ...(firstConfirmedAt !== null && { firstConfirmedAt: timestampFromDate(firstConfirmedAt) }),
      ...(lastConfirmedAt !== null && { lastConfirmedAt: timestampFromDate(lastConfirmedAt) }),
    },
  });
}
