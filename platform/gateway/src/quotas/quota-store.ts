import type { SqlExecutor } from '@mainstay/kernel';

/** Calls that a client wants to make. */
export interface QuotaWish {
  readonly client: string;
  readonly amount: number;
  /** Calls that its tier allows in a month. */
  readonly quota: number;
}

/** What was recorded for a client. */
export interface QuotaGrant {
  readonly client: string;
  /** Calls of the wish that the quota had room for; they count as used from now on. */
  readonly granted: number;
  /** Calls used in this month, the granted ones among them. */
  readonly used: number;
}

/** Grants of one statement. */
export interface QuotaAnswer {
  readonly grants: readonly QuotaGrant[];
  /** Milliseconds until the next month begins, by the database's clock. */
  readonly monthEndsInMs: number;
}

/** The record of what clients used. */
export interface QuotaStore {
  /**
   * Records calls before they are made, as many as the quota has room for.
   *
   * @param wishes - each client once, sorted by client, so that replicas do not wait for each other in a circle.
   */
  take(wishes: readonly QuotaWish[]): Promise<QuotaAnswer>;
  /** Records calls that were made already, or with an amount below 0 gives back some that will not be. */
  add(wishes: readonly QuotaWish[]): Promise<void>;
  /** Removes months that are over for more than a year. */
  forget(): Promise<void>;
}

const month = `date_trunc('month', now() at time zone 'UTC')`;
const wishesOf = 'unnest($1::text[], $2::bigint[], $3::bigint[]) as wish (client, amount, quota)';
// Each row is locked by its primary key until the statement commits; a replica that waits for it sees the new count.
const take = `
  insert into quota_usage as kept (client, month, used, quota, granted)
  select client, ${month}::date, least(amount, quota), quota, least(amount, quota) from ${wishesOf}
  on conflict (client, month) do update set
    used = kept.used + least(excluded.granted, greatest(0, excluded.quota - kept.used)),
    granted = least(excluded.granted, greatest(0, excluded.quota - kept.used)),
    quota = excluded.quota
  returning client, granted::float8 as granted, used::float8 as used,
    (extract(epoch from (${month} + interval '1 month') at time zone 'UTC' - now()) * 1000)::float8 as ends_in_ms`;
const add = `
  insert into quota_usage as kept (client, month, used, quota, granted)
  select client, ${month}::date, greatest(0, amount), quota, 0 from ${wishesOf}
  on conflict (client, month) do update set used = greatest(0, kept.used + (
    select amount from ${wishesOf} where wish.client = kept.client))`;
const forget = `delete from quota_usage where month < ${month} - interval '12 months'`;

/** Keeps the count in the gateway's database. */
export function createQuotaStore(sql: SqlExecutor): QuotaStore {
  const columns = (wishes: readonly QuotaWish[]): unknown[] => [
    wishes.map(({ client }) => client),
    wishes.map(({ amount }) => amount),
    wishes.map(({ quota }) => quota),
  ];
  return {
    async take(wishes) {
      const { rows } = await sql.query<QuotaGrant & { readonly ends_in_ms: number }>(take, columns(wishes), {
        prepareAs: 'quota-take',
      });
      return { grants: rows, monthEndsInMs: rows[0]?.ends_in_ms ?? 0 };
    },
    async add(wishes) {
      if (wishes.length > 0) await sql.query(add, columns(wishes), { prepareAs: 'quota-add' });
    },
    async forget() {
      await sql.query(forget);
    },
  };
}
