import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import type { KeyedMethods } from '@mainstay/service';
import { cancelOrder } from './cancel-order.ts';
import { createOrder } from './create-order.ts';
import { deliverOrder } from './deliver-order.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { getOrder } from './get-order.ts';
import { getOrderHistory } from './get-order-history.ts';
import { getOrderStatistics } from './get-order-statistics.ts';
import { listOrders } from './list-orders.ts';
import { quoteOrder } from './quote-order.ts';
import { returnOrder } from './return-order.ts';
import { shipOrder } from './ship-order.ts';
import { watchOrder } from './watch-order.ts';

/** Binds every method of the contract to its function. */
export function ordersBinding(deps: OrdersDependencies): ServiceBinding {
  return bindService(OrdersService, {
    createOrder: (request, context) => createOrder(deps, request, context),
    quoteOrder: (request) => quoteOrder(deps, request),
    getOrder: (request) => getOrder(deps, request),
    getOrderHistory: (request) => getOrderHistory(deps, request),
    watchOrder: (request, context) => watchOrder(deps, request, context),
    listOrders: (request) => listOrders(deps, request),
    getOrderStatistics: (request) => getOrderStatistics(deps, request),
    cancelOrder: (request, context) => cancelOrder(deps, request, context),
    shipOrder: (request) => shipOrder(deps, request),
    deliverOrder: (request) => deliverOrder(deps, request),
    returnOrder: (request, context) => returnOrder(deps, request, context),
  });
}

/** Placing an order asks for prices, and waits for its saga. */
export function keyedOrders({ vault }: Pick<OrdersDependencies, 'vault'>): KeyedMethods {
  return { staged: [OrdersService.method.createOrder], protectFingerprint: vault.hash };
}
