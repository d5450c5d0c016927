-- compatible
-- user_id, product_id and payment_id belong to other services: plain ids, checked by calls, never by foreign keys.
create table orders (
  id uuid primary key,
  user_id uuid not null,
  status text not null,
  currency_code text not null,
  subtotal_minor_units bigint not null,
  tax_minor_units bigint not null,
  shipping_minor_units bigint not null,
  total_minor_units bigint not null,
  street text not null,
  city text not null,
  state text not null,
  zip_code text not null,
  country text not null,
  payment_id uuid,
  -- Why the order is cancelled or, while it is not yet, why it is being undone.
  cancel_reason text,
  -- Set when placing it failed: {reason, message, metadata} of the answer that every repetition of the call gets.
  failure jsonb,
  tracking_number text,
  -- Of the call that placed it. The pair below makes one order of however many calls with one key, for ever.
  idempotency_key text not null,
  request_hash bytea not null,
  saga_id text not null,
  -- The saga that cancels it after it was paid, or takes it back; while it runs, nothing else may change the order.
  closing_saga_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint orders_idempotency_key unique (user_id, idempotency_key),
  constraint orders_status_known check (
    status in ('pending', 'reserved', 'confirmed', 'shipped', 'delivered', 'cancelled', 'returned')
  ),
  constraint orders_currency_code_shape check (currency_code ~ '^[A-Z]{3}$'),
  constraint orders_amounts_not_negative check (
    subtotal_minor_units >= 0 and tax_minor_units >= 0 and shipping_minor_units >= 0
  ),
  constraint orders_total_adds_up check (
    total_minor_units = subtotal_minor_units + tax_minor_units + shipping_minor_units
  )
);
-- Pages of one user, and of all: ids are UUIDv7, so their order is the order of placing.
create index orders_user on orders (user_id, id desc);

create table order_items (
  order_id uuid not null,
  line_number integer not null,
  product_id uuid not null,
  sku text not null,
  name text not null,
  quantity integer not null,
  unit_price_minor_units bigint not null,
  total_price_minor_units bigint not null,
  constraint order_items_pkey primary key (order_id, line_number),
  constraint order_items_order foreign key (order_id) references orders (id),
  constraint order_items_product_once unique (order_id, product_id),
  constraint order_items_quantity_positive check (quantity > 0),
  constraint order_items_total_adds_up check (total_price_minor_units = unit_price_minor_units * quantity),
  constraint order_items_price_not_negative check (unit_price_minor_units >= 0)
);

-- Every change of status, never changed, never deleted.
create table order_status_changes (
  order_id uuid not null,
  sequence bigint generated always as identity,
  from_status text,
  to_status text not null,
  reason text not null,
  actor text not null,
  at timestamptz not null,
  constraint order_status_changes_pkey primary key (order_id, sequence),
  constraint order_status_changes_order foreign key (order_id) references orders (id),
  constraint order_status_changes_actor_known check (actor in ('saga', 'customer', 'admin'))
);
