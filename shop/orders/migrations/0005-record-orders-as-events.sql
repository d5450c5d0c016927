-- breaking
-- What happened to an order is its record now (stream_events); orders and order_items follow from it, with the version of
-- the stream that a row shows. Each order that there is gets one event orders.v1.OrderImported with all that is known of it.
alter table orders add column version bigint;

-- Protobuf, for this migration only: https://protobuf.dev/programming-guides/encoding
create function proto_varint(value bigint) returns bytea language plpgsql immutable as $$
declare
  bytes bytea := '';
  rest bigint := value;
begin
  while rest > 127 loop
    bytes := bytes || set_byte('\x00', 0, (rest & 127 | 128)::integer);
    rest := rest >> 7;
  end loop;
  return bytes || set_byte('\x00', 0, rest::integer);
end $$;
create function proto_number(field integer, value bigint) returns bytea language sql immutable as $$
  select case when coalesce(value, 0) = 0 then ''::bytea else proto_varint(field << 3) || proto_varint(value) end
$$;
create function proto_bytes(field integer, value bytea) returns bytea language sql immutable as $$
  select case when value is null then ''::bytea else proto_varint(field << 3 | 2) || proto_varint(length(value)) || value end
$$;
create function proto_text(field integer, value text) returns bytea language sql immutable as $$
  select proto_bytes(field, convert_to(nullif(value, ''), 'UTF8'))
$$;
create function proto_money(field integer, currency text, minor_units bigint) returns bytea language sql immutable as $$
  select proto_bytes(field, proto_text(1, currency) || proto_number(2, minor_units))
$$;
create function proto_time(field integer, at timestamptz) returns bytea language sql immutable as $$
  select case when at is null then ''::bytea else proto_bytes(field, proto_number(1, floor(extract(epoch from at))::bigint)
    || proto_number(2, ((extract(epoch from at) - floor(extract(epoch from at))) * 1000000000)::bigint)) end
$$;
-- The number of orders.v1.OrderStatus.
create function proto_status(status text) returns integer language sql immutable as $$
  select coalesce(array_position(
    array['pending', 'reserved', 'confirmed', 'shipped', 'delivered', 'cancelled', 'returned'], status), 0)
$$;

with items as (
  select order_id, string_agg(proto_bytes(4, proto_text(1, product_id::text) || proto_text(2, sku) || proto_text(3, name)
    || proto_number(4, quantity) || proto_money(5, currency_code, unit_price_minor_units)
    || proto_money(6, currency_code, total_price_minor_units)), ''::bytea order by line_number) as bytes
  from order_items join orders on orders.id = order_id group by order_id
), history as (
  select order_id, string_agg(proto_bytes(13, proto_number(1, proto_status(from_status)) || proto_number(2, proto_status(to_status))
    || proto_time(3, at) || proto_text(4, reason) || proto_text(5, actor)), ''::bytea order by sequence) as bytes
  from order_status_changes group by order_id
)
insert into stream_events (stream, version, id, type, subject, time, traceparent, actor, data)
select 'order:' || id, 1, gen_random_uuid(), 'orders.v1.OrderImported', id::text, updated_at, null, 'migration',
  proto_text(1, id::text) || proto_bytes(2,
    proto_text(1, id::text) || proto_text(2, user_id::text) || proto_number(3, proto_status(status))
    || coalesce(items.bytes, '') || proto_money(5, currency_code, subtotal_minor_units)
    || proto_money(6, currency_code, tax_minor_units) || proto_money(7, currency_code, shipping_minor_units)
    || proto_money(8, currency_code, total_minor_units)
    || proto_bytes(9, proto_text(1, street) || proto_text(2, city) || proto_text(3, state) || proto_text(4, zip_code)
      || proto_text(5, country))
    || proto_text(10, payment_id::text) || proto_text(11, cancel_reason) || proto_text(12, tracking_number)
    || coalesce(history.bytes, '') || proto_time(14, created_at) || proto_time(15, updated_at))
  || proto_text(3, saga_id) || proto_text(4, closing_saga_id)
  || proto_bytes(5, case when failure is not null then proto_text(1, failure ->> 'reason') || coalesce((
    select string_agg(proto_bytes(2, proto_text(1, key) || proto_text(2, value)), ''::bytea order by key)
    from jsonb_each_text(failure -> 'metadata')), '') end)
from orders left join items on items.order_id = id left join history on history.order_id = id
order by id;

update orders set version = 1;
alter table orders alter column version set not null;

drop function proto_status, proto_time, proto_money, proto_text, proto_bytes, proto_number, proto_varint;

-- A projection is made anew table by table, so no foreign key leads to one.
alter table order_items drop constraint order_items_order;
drop table order_status_changes;

-- What happened to orders, for reading; follows from the streams a moment later.
create table order_history (
  order_id uuid not null,
  version bigint not null,
  line integer not null,
  at timestamptz not null,
  type text not null,
  -- Null when the event does not change it.
  status text,
  reason text not null,
  actor text not null,
  trace_id text,
  constraint order_history_pkey primary key (order_id, version, line)
);

-- Counted anew from the streams; they were counted from what was told.
truncate order_day_counts, order_day_revenues;
