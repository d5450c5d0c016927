-- compatible
-- Orders that were paid, one row each, from what the orders service tells. What an account ordered in sum is read from here.
create table user_orders (
  order_id uuid not null,
  user_id uuid not null,
  currency_code text not null,
  total_minor_units bigint not null,
  state text not null default 'kept',
  confirmed_at timestamptz not null,
  constraint user_orders_pkey primary key (order_id),
  constraint user_orders_state_known check (state in ('kept', 'cancelled', 'returned'))
);
create index user_orders_user_idx on user_orders (user_id);
