import { PlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { gatewayReasons } from '../errors.ts';
import { parseSplit } from './parse-split.ts';
import type { SplitRecord } from './split.ts';
import type { SplitStore } from './split-store.ts';

// Changes are rare and take turns, so that revisions appear in the order of their numbers.
const takeTurn = `select pg_advisory_xact_lock(hashtext('traffic_splits'))`;
// By primary key; the turn makes the comparison with the revision enough.
const put = `
  insert into traffic_splits as known (service, split, revision)
  select $1, $2::jsonb, nextval('traffic_split_revisions')
  where $3 = 0 or exists (select from traffic_splits where service = $1)
  on conflict (service) do update
    set split = excluded.split, revision = excluded.revision, changed_at = now()
    where (case when known.split is null then 0 else known.revision end) = $3
  returning revision`;
const clear = `
  update traffic_splits set split = null, revision = nextval('traffic_split_revisions'), changed_at = now()
  where service = $1 and revision = $2 and split is not null
  returning revision`;
const changes = 'select * from traffic_splits where revision > $1 order by revision';

interface SplitRow {
  readonly service: string;
  readonly split: unknown;
  readonly changed_at: Date;
  readonly revision: string | bigint;
}

/** Keeps splits in the gateway's database, for all replicas. */
export function createPostgresSplitStore(database: Database): SplitStore {
  const change = (service: string, sql: string, values: readonly unknown[]): Promise<number> =>
    database.transaction(async (tx) => {
      await tx.query(takeTurn);
      const { rows } = await tx.query<Pick<SplitRow, 'revision'>>(sql, [service, ...values]);
      const [row] = rows;
      if (row === undefined) throw splitChanged(service);
      return Number(row.revision);
    });
  return {
    isKept: true,
    isShared: true,
    set: (service, split, from) => change(service, put, [JSON.stringify(split), from]),
    remove: (service, from) => change(service, clear, [from]),
    async changesSince(revision) {
      const { rows } = await database.query<SplitRow>(changes, [revision], { prepareAs: 'traffic-split-changes' });
      return rows.map(toRecord);
    },
  };
}

function toRecord({ service, split, changed_at: changedAt, revision }: SplitRow): SplitRecord {
  return {
    service,
    split: split === null ? undefined : parseSplit(split),
    changedAt,
    revision: Number(revision),
  };
}

/** Somebody else was faster, or the split is not what its changer took it for. */
export function splitChanged(service: string): PlatformError {
  const message = `the split of ${service} has another revision; look at it again and repeat the change if it still makes sense`;
  return new PlatformError(gatewayReasons.SPLIT_CHANGED, message);
}
