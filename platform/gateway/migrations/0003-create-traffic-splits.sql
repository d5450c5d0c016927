-- compatible
-- How the traffic of services is spread over their versions.
create table traffic_splits (
  service text primary key,
  -- Null when it was removed, so that replicas learn of it.
  split jsonb,
  changed_at timestamptz not null default now(),
  -- Grows with every change, in the order of the commits, so that replicas can ask for what is new.
  revision bigint not null
);

create sequence traffic_split_revisions owned by traffic_splits.revision;
create unique index traffic_splits_revision_idx on traffic_splits (revision);
