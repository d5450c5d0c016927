import type { Clock } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import {
  type CancelAnswer,
  createSagaEngine,
  newSagaId,
  type SagaEngine,
  type SagaEngineOptions,
} from '@mainstay/saga';
import type { CancelRequest } from '../domain/cancel-request.ts';
import { type PlaceOrderOptions, placeOrderSaga } from './place-order.ts';
import type { PlaceOrderState } from './place-order-state.ts';
import { cancelOrderSaga, returnOrderSaga } from './undo-order.ts';

/** What undoes an order that was paid, at whose word and why. */
export interface Undoing extends CancelRequest {
  readonly kind: 'cancel' | 'return';
  /** Who asked, as `formatActor` writes it. */
  readonly askedBy: string;
}

/** The sagas of orders, running. */
export interface OrderSagas extends AsyncDisposable {
  readonly engine: Pick<SagaEngine, 'wake' | 'result' | 'read' | 'stuck' | 'list' | 'act' | 'actions'>;
  /** Starts placing an order, in the transaction that inserts it. */
  startPlacing(
    tx: Transaction,
    order: { readonly id: string; readonly sagaId: string },
    state: PlaceOrderState,
  ): Promise<void>;
  /** Starts cancelling or taking back an order, once; returns the id of the saga that does so, which may have begun before. */
  startUndoing(tx: Transaction, orderId: string, undo: Undoing): Promise<string>;
  /** Asks the saga that places an order to turn round; to be called before the order's row is locked. */
  askToCancel(tx: Transaction, sagaId: string, text: string): Promise<CancelAnswer>;
}

/** How the sagas are set up. */
export interface OrderSagasOptions extends Omit<PlaceOrderOptions, 'cancelAfterAll'> {
  readonly engine: Omit<SagaEngineOptions, 'sagas'>;
  readonly clock: Clock;
}

/** Starts the engine with the sagas of orders. */
export function startOrderSagas(options: OrderSagasOptions): OrderSagas {
  const { clock, limits } = options;
  const undoOptions = { ...options, attemptTimeoutMs: limits.attemptTimeoutMs };
  const undoing = { cancel: cancelOrderSaga(undoOptions), return: returnOrderSaga(undoOptions) };

  const startUndoing: OrderSagas['startUndoing'] = async (tx, orderId, { kind, actor, reason, askedBy }) => {
    const sagaId = newSagaId(clock);
    const to = kind === 'cancel' ? 'cancelled' : 'returned';
    const command = { kind: 'beginUndoing', to, sagaId, reason } as const;
    const order = await options.record.execute(tx, orderId, { command, actor: askedBy });
    if (order.closing_saga_id === sagaId) {
      await engine.start(tx, undoing[kind], { id: sagaId, subject: orderId, state: { actor, reason } });
    }
    return order.closing_saga_id!;
  };
  const placing = placeOrderSaga({
    ...options,
    async cancelAfterAll(tx, orderId, request) {
      await startUndoing(tx, orderId, { ...request, kind: 'cancel', askedBy: request.actor });
    },
  });
  const engine = createSagaEngine({ ...options.engine, clock, sagas: [placing, undoing.cancel, undoing.return] });

  return {
    engine,
    startPlacing: (tx, order, state) => engine.start(tx, placing, { id: order.sagaId, subject: order.id, state }),
    startUndoing,
    askToCancel: (tx, sagaId, text) => engine.cancel(tx, sagaId, text),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
