-- breaking
-- What happened to a payment is its record now (stream_events); payments, payment_transactions and refunds follow from it. Each
-- payment that there is gets one event payments.v1.PaymentImported with all that is known of it.
alter table payments add column version bigint;
alter table payment_transactions add column version bigint;
-- Times are kept in events to the millisecond.
update payments set created_at = date_trunc('milliseconds', created_at), updated_at = date_trunc('milliseconds', updated_at),
  closed_at = date_trunc('milliseconds', closed_at), recheck_at = date_trunc('milliseconds', recheck_at), version = 1;
update payment_transactions set at = date_trunc('milliseconds', at), version = 1;
update refunds set created_at = date_trunc('milliseconds', created_at), updated_at = date_trunc('milliseconds', updated_at);

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
-- The number of payments.v1.PaymentStatus.
create function proto_status(status text) returns integer language sql immutable as $$
  select coalesce(array_position(
    array['pending', 'authorized', 'captured', 'declined', 'voided', 'partially_refunded', 'refunded'], status), 0)
$$;

with exchanges as (
  select payment_id, string_agg(proto_bytes(9, proto_text(1, id::text) || proto_text(2, kind) || proto_text(3, outcome)
    || proto_money(4, currency_code, amount_minor_units) || proto_text(5, processor_reference) || proto_text(6, decline_code)
    || proto_time(7, at)), ''::bytea order by at, id) as bytes
  from payment_transactions group by payment_id
), given_back as (
  select payment_id, string_agg(proto_bytes(6, proto_text(1, id::text) || proto_text(2, name)
    || proto_number(3, amount_minor_units) || proto_text(4, reason) || proto_text(5, status) || proto_text(6, processor_reference)
    || proto_time(7, created_at) || proto_time(8, updated_at)), ''::bytea order by created_at, id) as bytes
  from refunds group by payment_id
)
insert into stream_events (stream, version, id, type, subject, time, traceparent, actor, data)
select 'payment:' || order_id, 1, gen_random_uuid(), 'payments.v1.PaymentImported', order_id, updated_at, null, 'migration',
  proto_text(1, order_id) || proto_bytes(2,
    proto_text(1, id::text) || proto_text(2, order_id) || proto_text(3, user_id::text) || proto_number(4, proto_status(status))
    || proto_money(5, currency_code, amount_minor_units) || proto_money(6, currency_code, captured_minor_units)
    || proto_money(7, currency_code, refunded_minor_units) || proto_text(8, decline_code) || coalesce(exchanges.bytes, '')
    || proto_time(10, created_at) || proto_time(11, updated_at))
  || proto_text(3, authorization_id) || proto_time(4, closed_at) || proto_time(5, recheck_at) || coalesce(given_back.bytes, '')
from payments left join exchanges on exchanges.payment_id = id left join given_back on given_back.payment_id = id
order by id;

drop function proto_status, proto_time, proto_money, proto_text, proto_bytes, proto_number, proto_varint;

alter table payments alter column version set not null;
alter table payment_transactions alter column version set not null;
drop index payment_transactions_payment_id;
create index payment_transactions_payment_id on payment_transactions (payment_id, version);
-- A projection is made anew table by table, so no foreign key leads to one.
alter table payment_transactions drop constraint payment_transactions_payment_id_fkey;
alter table refunds drop constraint refunds_payment_id_fkey;
