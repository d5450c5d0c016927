-- breaking
-- A refund is known by the name of its effect; the record of the call holds its key and what was asked.
alter table refunds rename column idempotency_key to name;
alter table refunds rename constraint refunds_idempotency_key_key to refunds_name_key;
alter table refunds drop column amount_given;
