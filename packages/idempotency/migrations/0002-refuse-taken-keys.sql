-- compatible
-- Ends the transaction of a call whose key is in hand or has a record: what was sent after the claim is then not run.
CREATE FUNCTION idempotency_key_taken() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the idempotency key is taken' USING ERRCODE = 'lock_not_available';
END
$$;
