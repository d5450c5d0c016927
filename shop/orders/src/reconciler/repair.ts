import { newTrace, runInContext } from '@mainstay/kernel/context';
import type { Repair } from '../domain/disagreements.ts';
import type { Reconciling } from './reconciling.ts';

const reason = 'books did not agree';

/** Carries out a repair; repeating it has one effect, by its key. */
export async function carryOut(
  { payments, products }: Pick<Reconciling, 'payments' | 'products'>,
  { orderId, repair }: { readonly orderId: string; readonly repair: Repair },
  signal: AbortSignal,
): Promise<void> {
  const calls: Readonly<Record<Repair, () => Promise<unknown>>> = {
    cancel_payment: () => payments.cancelPayment({ orderId, reason }, { signal }),
    capture_payment: () => payments.capturePayment({ orderId }, { signal }),
    commit_stock: () => products.commitStock({ orderId }, { signal }),
    release_stock: () => products.releaseStock({ orderId }, { signal }),
    restock: () => products.restock({ orderId }, { signal }),
  };
  const identity = { kind: 'service', roles: [] } as const;
  const idempotencyKey = `reconcile:${repair}:${orderId}`;
  await runInContext({ trace: newTrace(), identity, idempotencyKey }, calls[repair]);
}
