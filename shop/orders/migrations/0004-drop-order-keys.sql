-- breaking
-- The record of the call that placed an order holds its key and what was asked; the order has the name of its effect.
alter table orders drop constraint orders_idempotency_key;
alter table orders drop column idempotency_key;
alter table orders drop column request_hash;
