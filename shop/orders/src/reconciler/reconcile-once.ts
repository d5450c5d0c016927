import { countOpen, openSubjects } from '../store/disagreements-store.ts';
import { nextOrders, readPosition, type Scan, writePosition } from '../store/reconciliation-store.ts';
import { type Comparing, compare, treat } from './compare.ts';
import type { Reconciling } from './reconciling.ts';

/** A page of what is walked over. */
interface Page {
  readonly subjects: readonly string[];
  /** Where the next page begins. */
  readonly position: string;
  readonly isLast: boolean;
}

/**
 * Does one round: looks at what disagreed before, then at the next page of orders, of reservations and of the processor's books.
 *
 * Whichever of them begins, all books of the orders met are compared, so a charge without an order is found as well as an order
 * without a charge. A page that fails is looked at again in the next round.
 *
 * @returns whether more pages wait.
 */
export async function reconcileOnce(work: Reconciling, how: Comparing): Promise<boolean> {
  await compare(work, await openSubjects(work.database, work.batchSize), how);
  let isMore = false;
  for (const scan of ['orders', 'stock', 'charges'] as const) {
    how.signal.throwIfAborted();
    const page = await pages[scan](work, how);
    await compare(work, page.subjects, how);
    const at = new Date(work.clock.nowMs());
    await writePosition(how.sql, { scan, position: page.position, at });
    isMore ||= !page.isLast;
  }
  work.metrics.open.set(await countOpen(work.database));
  return isMore;
}

const pages: Readonly<Record<Scan, (work: Reconciling, how: Comparing) => Promise<Page>>> = {
  async orders(work) {
    const after = (await readPosition(work.database, 'orders')) || firstId(work);
    const subjects = await nextOrders(work.database, after, work.batchSize);
    return pageOf(subjects, subjects, work.batchSize);
  },
  async stock(work, { signal }) {
    const { batchSize: limit, minAgeMs } = work;
    const afterId = (await readPosition(work.database, 'stock')) || firstId(work);
    const { reservations } = await work.products.listStockTaken({ afterId, limit, minAgeMs }, { signal });
    const ids = reservations.map(({ id }) => id);
    const subjects = reservations.map(({ orderId }) => orderId);
    return pageOf(subjects, ids, limit);
  },
  async charges(work, how) {
    const { batchSize: limit, minAgeMs } = work;
    const after = BigInt((await readPosition(work.database, 'charges')) ?? '0');
    const { signal } = how;
    const { charges, nextAfter } = await work.payments.listProcessorCharges({ after, limit, minAgeMs }, { signal });
    for (const { reference, unknownAmount } of charges) {
      if (unknownAmount === undefined) continue;
      const message = `the processor has ${unknownAmount.minorUnits} minor units of a payment that we do not know`;
      await treat(work, { subject: reference, disagreement: { kind: 'charge_unknown', message } }, how);
    }
    const subjects = [...new Set(charges.map(({ orderId }) => orderId).filter((id) => id !== ''))];
    return { subjects, position: `${nextAfter}`, isLast: nextAfter < after + BigInt(limit) };
  },
};

/** The last page leads back to the beginning: what was right once may be wrong after a restore. */
function pageOf(subjects: readonly string[], ids: readonly string[], limit: number): Page {
  const isLast = ids.length < limit;
  return { subjects, position: isLast ? '' : (ids.at(-1) ?? ''), isLast };
}

/** The smallest UUIDv7 of the window. */
function firstId({ clock, windowMs }: Reconciling): string {
  const hex = Math.max(0, clock.nowMs() - windowMs)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
