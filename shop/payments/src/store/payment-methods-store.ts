import type { Insertable, Kysely } from 'kysely';
import type { PaymentMethodRow, PaymentMethodsTable, PaymentsDatabase } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** Stores a way to pay; a token the user stored before gives the method of then. */
export async function upsertPaymentMethod(db: Db, method: Insertable<PaymentMethodsTable>): Promise<PaymentMethodRow> {
  return await db
    .insertInto('payment_methods')
    .values(method)
    .onConflict((conflict) =>
      conflict.constraint('payment_methods_token_key').doUpdateSet({
        brand: method.brand,
        last4: method.last4,
        expiry_month: method.expiry_month,
        expiry_year: method.expiry_year,
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A user's ways to pay, newest first. */
export async function listPaymentMethods(db: Db, userId: string): Promise<PaymentMethodRow[]> {
  return await db
    .selectFrom('payment_methods')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(100)
    .execute();
}

/** One way to pay of this user. */
export async function findPaymentMethod(db: Db, userId: string, id: string): Promise<PaymentMethodRow | undefined> {
  return await db
    .selectFrom('payment_methods')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
}
