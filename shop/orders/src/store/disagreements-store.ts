import { type SqlExecutor, uuidv7 } from '@mainstay/kernel';
import type { Disagreement } from '../domain/disagreements.ts';

/** A disagreement that stands. */
export interface OpenDisagreement {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly message: string;
  readonly repair: string | null;
  readonly attempts: number;
  readonly reason: string | null;
  readonly found_at: Date;
}

/** What was found about one subject. */
export interface Finding {
  readonly subject: string;
  readonly disagreement: Disagreement;
}

// Unique constraint disagreements_once. One that was resolved by a person stays so; one that was mended or went away begins anew.
const noteSql = `
insert into disagreements as known (id, kind, subject, message, repair, found_at, seen_at)
values ($1, $2, $3, $4, $5, $6, $6)
on conflict (kind, subject) do update set
  message = excluded.message, repair = excluded.repair, seen_at = excluded.seen_at,
  state = case when known.state = 'resolved' then known.state else 'open' end,
  closed_at = case when known.state = 'resolved' then known.closed_at end,
  attempts = case when known.state = 'open' then known.attempts else 0 end,
  found_at = case when known.state = 'open' then known.found_at else excluded.found_at end
returning state`;

/**
 * Notes a disagreement.
 *
 * @returns false when a person has resolved it before; then it is left alone.
 */
export async function noteDisagreement(
  sql: SqlExecutor,
  { subject, disagreement }: Finding,
  at: Date,
): Promise<boolean> {
  const { kind, message, repair } = disagreement;
  const values = [uuidv7(), kind, subject, message, repair ?? null, at];
  return (await sql.query<{ state: string }>(noteSql, values)).rows[0]?.state === 'open';
}

/** Notes that a repair was carried out. */
export async function markRepaired(sql: SqlExecutor, { subject, disagreement }: Finding, at: Date): Promise<void> {
  await sql.query(
    `update disagreements set state = 'repaired', attempts = attempts + 1, reason = null, closed_at = $3
     where kind = $1 and subject = $2 and state = 'open'`,
    [disagreement.kind, subject, at],
  );
}

/** Notes that a repair failed; it is tried again in the next round. */
export async function markFailed(sql: SqlExecutor, { subject, disagreement }: Finding, reason: string): Promise<void> {
  await sql.query(
    `update disagreements set attempts = attempts + 1, reason = $3 where kind = $1 and subject = $2 and state = 'open'`,
    [disagreement.kind, subject, reason],
  );
}

// Unique constraint disagreements_once is of no use here; the index of open ones is small.
const goneSql = `
update disagreements as known set state = 'gone', closed_at = $4
where state = 'open' and subject = any($1::text[]) and kind <> 'charge_unknown'
  and not exists (select 1 from unnest($2::text[], $3::text[]) as seen (kind, subject)
    where seen.kind = known.kind and seen.subject = known.subject)`;

/** Closes what was open about subjects and was not found again. */
export async function closeGone(
  sql: SqlExecutor,
  { subjects, found }: { readonly subjects: readonly string[]; readonly found: readonly Finding[] },
  at: Date,
): Promise<void> {
  const kinds = found.map(({ disagreement }) => disagreement.kind);
  await sql.query(goneSql, [subjects, kinds, found.map(({ subject }) => subject), at]);
}

/** Subjects of open disagreements, those first that were not looked at for longest. */
export async function openSubjects(sql: SqlExecutor, limit: number): Promise<readonly string[]> {
  const { rows } = await sql.query<{ subject: string }>(
    `select subject from disagreements where state = 'open' and kind <> 'charge_unknown'
     group by subject order by min(seen_at) limit $1`,
    [limit],
  );
  return rows.map(({ subject }) => subject);
}

const openSql = `
select id, kind, subject, message, repair, attempts, reason, found_at from disagreements
where state = 'open' and found_at <= $1 and ($2::text is null or subject = $2)
order by repair is null desc, found_at limit $3`;

/** Lists what disagrees, what only a person can mend first, then the oldest first. */
export async function listOpen(
  sql: SqlExecutor,
  query: { readonly foundBefore: Date; readonly subject: string | undefined; readonly limit: number },
): Promise<readonly OpenDisagreement[]> {
  const values = [query.foundBefore, query.subject ?? null, query.limit];
  return (await sql.query<OpenDisagreement>(openSql, values)).rows;
}

/** Closes a disagreement for good; false when it is not open (any more). */
export async function resolveDisagreement(
  sql: SqlExecutor,
  id: string,
  act: { readonly actor: string; readonly why: string; readonly at: Date },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update disagreements set state = 'resolved', actor = $2, why = $3, closed_at = $4 where id = $1 and state = 'open'`,
    [id, act.actor, act.why, act.at],
  );
  return rowCount === 1;
}

/** What people resolved, newest first. */
export async function listResolved(
  sql: SqlExecutor,
  limit: number,
): Promise<readonly { readonly id: string; readonly actor: string; readonly why: string; readonly closed_at: Date }[]> {
  const { rows } = await sql.query<{ id: string; actor: string; why: string; closed_at: Date }>(
    `select id, actor, why, closed_at from disagreements where state = 'resolved' order by closed_at desc limit $1`,
    [limit],
  );
  return rows;
}

/** How many disagreements stand. */
export async function countOpen(sql: SqlExecutor): Promise<number> {
  const { rows } = await sql.query<{ open: number }>(
    `select count(*)::integer as open from disagreements where state = 'open'`,
  );
  return rows[0]?.open ?? 0;
}
