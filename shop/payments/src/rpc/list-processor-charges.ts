import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ListProcessorChargesRequest,
  type ListProcessorChargesResponse,
  ListProcessorChargesResponseSchema,
  type ProcessorChargeSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { isUuid } from '@mainstay/kernel';
import { listByIds } from '../store/payments-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { heldOf } from './payment-books.ts';

const defaultLimit = 50;

/** Returns what the processor's books say, each reference with the order it belongs to. */
export async function listProcessorCharges(
  deps: PaymentsDependencies,
  { after, limit, minAgeMs }: ListProcessorChargesRequest,
): Promise<ListProcessorChargesResponse> {
  const entries = await deps.processor.readLedger(Number(after), limit || defaultLimit);
  const young = entries.findIndex(({ at }) => Date.parse(at) > deps.clock.nowMs() - minAgeMs);
  const old = young === -1 ? entries : entries.slice(0, young);
  const references = [...new Set(old.map(({ reference }) => reference))];
  const rows = await listByIds(deps.database.kysely, references.filter(isUuid));
  const orders = new Map(rows.map((row) => [row.id, row.order_id]));
  const charges: MessageInitShape<typeof ProcessorChargeSchema>[] = [];
  for (const reference of references) {
    const orderId = orders.get(reference);
    charges.push(orderId === undefined ? await unknownCharge(deps, reference) : { reference, orderId });
  }
  return create(ListProcessorChargesResponseSchema, { charges, nextAfter: BigInt(old.at(-1)?.sequence ?? after) });
}

async function unknownCharge(
  deps: PaymentsDependencies,
  reference: string,
): Promise<MessageInitShape<typeof ProcessorChargeSchema>> {
  const found = await deps.processor.listAuthorizations(reference);
  const left = found.reduce((sum, one) => sum + heldOf(one) + one.captured_minor - one.refunded_minor, 0);
  if (left === 0) return { reference };
  return { reference, unknownAmount: { minorUnits: BigInt(left), currencyCode: found[0]?.currency ?? '' } };
}
