-- compatible
-- Apart from the products, so that selling a piece neither rewrites the text nor waits for an editor.
create table stock (
  product_id uuid primary key references products (id),
  on_hand integer not null,
  reserved integer not null default 0,
  updated_at timestamptz not null default now(),
  constraint stock_reserved_not_negative check (reserved >= 0),
  constraint stock_never_oversold check (on_hand >= reserved)
);

create table reservations (
  id uuid primary key,
  order_id text not null,
  status text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint reservations_order_id_key unique (order_id),
  constraint reservations_status_known check (status in ('held', 'released', 'expired', 'committed', 'restocked'))
);
create index reservations_expiring on reservations (expires_at) where status = 'held';

create table reservation_lines (
  reservation_id uuid not null references reservations (id),
  product_id uuid not null references products (id),
  quantity integer not null,
  constraint reservation_lines_pkey primary key (reservation_id, product_id),
  constraint reservation_lines_quantity_positive check (quantity > 0)
);

-- Every change of stock with its reason; on_hand is the sum of its deltas.
create table stock_movements (
  id bigint generated always as identity primary key,
  product_id uuid not null references products (id),
  on_hand_delta integer not null,
  reserved_delta integer not null,
  reason text not null,
  order_id text,
  at timestamptz not null default now()
);
create index stock_movements_product_id on stock_movements (product_id, id);
