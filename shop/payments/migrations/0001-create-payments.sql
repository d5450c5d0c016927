-- compatible
create table payments (
  id uuid primary key,
  order_id text not null,
  user_id uuid,
  amount_minor_units bigint not null,
  currency_code text not null,
  status text not null,
  authorization_id text,
  captured_minor_units bigint not null default 0,
  refunded_minor_units bigint not null default 0,
  decline_code text,
  -- Set once the order is undone: nothing may be authorised or captured from then on.
  closed_at timestamptz,
  -- Set while the processor may still hold something that this row does not know of.
  recheck_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payments_order_id_key unique (order_id),
  constraint payments_status_known check (
    status in ('pending', 'authorized', 'captured', 'declined', 'voided', 'partially_refunded', 'refunded')
  ),
  -- An order that was undone before it ever paid has a row of amount 0 and no payer.
  constraint payments_amount_of_payer check ((user_id is null and amount_minor_units = 0) or amount_minor_units > 0),
  constraint payments_captured_within_amount check (captured_minor_units between 0 and amount_minor_units),
  constraint payments_refunded_within_captured check (refunded_minor_units between 0 and captured_minor_units)
);
create index payments_user_id on payments (user_id, id desc);
create index payments_recheck on payments (recheck_at) where recheck_at is not null;

-- Every exchange with the processor; append only.
create table payment_transactions (
  id uuid primary key,
  payment_id uuid not null references payments (id),
  kind text not null,
  outcome text not null,
  amount_minor_units bigint not null,
  currency_code text not null,
  processor_reference text,
  decline_code text,
  at timestamptz not null default now(),
  constraint payment_transactions_kind_known check (kind in ('authorize', 'capture', 'void', 'refund')),
  constraint payment_transactions_outcome_known check (outcome in ('succeeded', 'declined', 'failed', 'unknown'))
);
create index payment_transactions_payment_id on payment_transactions (payment_id, id);

create table refunds (
  id uuid primary key,
  payment_id uuid not null references payments (id),
  idempotency_key text not null,
  amount_minor_units bigint not null,
  -- False when the caller asked for all that was left.
  amount_given boolean not null,
  reason text not null,
  status text not null default 'pending',
  processor_reference text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint refunds_idempotency_key_key unique (payment_id, idempotency_key),
  constraint refunds_amount_positive check (amount_minor_units > 0),
  constraint refunds_status_known check (status in ('pending', 'succeeded', 'failed'))
);
create index refunds_pending on refunds (updated_at) where status = 'pending';
