-- compatible
-- What happened to orders on each day, counted from the events that this service tells.
create table order_day_counts (
  day date not null,
  placed_count bigint not null default 0,
  confirmed_count bigint not null default 0,
  cancelled_count bigint not null default 0,
  returned_count bigint not null default 0,
  constraint order_day_counts_pkey primary key (day)
);

create table order_day_revenues (
  day date not null,
  currency_code text not null,
  minor_units bigint not null,
  constraint order_day_revenues_pkey primary key (day, currency_code)
);
