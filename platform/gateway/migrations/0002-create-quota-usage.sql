-- compatible
-- Calls of clients per calendar month, UTC.
create table quota_usage (
  client text not null,
  month date not null,
  -- Never below what was admitted.
  used bigint not null,
  -- Calls that the tier allowed when it was last asked.
  quota bigint not null,
  -- What the last statement added, so that it can tell how much of what was asked for there was.
  granted bigint not null,
  primary key (client, month)
);

create index quota_usage_month_idx on quota_usage (month);
