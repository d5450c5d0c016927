import { isUuid, kernelReasons, PlatformError, remainingMs } from '@mainstay/kernel';
import { anonymousIdentity, currentContext, type Identity } from '@mainstay/kernel/context';
import { maySee } from '../domain/access.ts';
import { type ActorKind, formatActor } from '../domain/actor.ts';
import { ordersReasons } from '../errors.ts';
import { findOrder } from '../store/orders-store.ts';
import type { OrderRow } from '../store/tables.ts';
import type { OrdersDependencies } from './dependencies.ts';

/** Who calls. */
export function caller(): Identity {
  return currentContext()?.identity ?? anonymousIdentity;
}

/** Who calls, as the record of an order keeps it. */
export function callingActor(kind: ActorKind): string {
  return formatActor(kind, caller().userId);
}

/** The user who calls; orders are placed by users only. */
export function callingUserId(): string {
  const { userId } = caller();
  if (userId !== undefined && isUuid(userId)) return userId;
  throw new PlatformError(kernelReasons.REQUEST_INVALID, 'an order is placed by a signed-in user only');
}

/**
 * Reads an order that the caller may see.
 *
 * @throws {@link PlatformError} `ORDER_NOT_FOUND`, also for somebody else's, so that ids cannot be tried out.
 */
export async function requireVisibleOrder(deps: OrdersDependencies, id: string): Promise<OrderRow> {
  const order = isUuid(id) ? await findOrder(deps.database.kysely, id) : undefined;
  if (order !== undefined && maySee(caller(), order.user_id)) return order;
  throw orderNotFound(id);
}

/** The refusal of an unknown id. */
function orderNotFound(id: string): PlatformError {
  return new PlatformError(ordersReasons.ORDER_NOT_FOUND, `there is no order ${id}`);
}

// Time to read the order and to send the answer after the wait.
const answerReserveMs = 500;
const longestWaitMs = 10_000;

/** How long this call may wait for a saga: what the caller prefers, 0 to 10 s, within its deadline. */
export function waitMsOf(deps: Pick<OrdersDependencies, 'clock' | 'waitMs'>): number {
  const context = currentContext();
  const preferred = context?.preferWaitSeconds === undefined ? deps.waitMs : context.preferWaitSeconds * 1_000;
  const leftMs = remainingMs(context?.deadline, deps.clock) - answerReserveMs;
  return Math.max(0, Math.min(preferred, longestWaitMs, leftMs));
}
