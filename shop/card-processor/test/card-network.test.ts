import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, type Caller, hold, startProcessor, temporaryDir } from './processor.ts';

describe('card network over HTTP', () => {
  const clock = new FakeClock();
  let url: string;
  let call: Caller;
  let end: () => Promise<void>;

  beforeAll(async () => {
    const dir = await temporaryDir();
    const processor = await startProcessor(dir.path, { clock });
    ({ url, call } = processor);
    end = async () => {
      await processor[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    };
  });
  afterAll(() => end());

  const authorize = async (reference: string, token?: string) =>
    call('POST', '/v1/authorizations', hold(reference, token), { key: `authorize:${reference}` });

  test('holds, captures and refunds 1,999 in two parts, and the ledger nets to 0', async () => {
    const before = (await call('GET', '/v1/ledger')).body.totals.USD?.net_minor ?? 0;
    const held = await authorize('whole-story');
    const id = held.body.id;
    const captured = await call('POST', `/v1/authorizations/${id}/capture`, undefined, { key: 'whole-capture' });
    const part = { authorization_id: id, amount_minor: 999 };
    const first = await call('POST', '/v1/refunds', part, { key: 'whole-refund-1' });
    const rest = await call('POST', '/v1/refunds', { authorization_id: id }, { key: 'whole-refund-2' });
    const after = (await call('GET', '/v1/ledger')).body.totals.USD;

    expect(held).toMatchObject({ status: 201, body: { status: 'authorized', brand: 'visa', last4: '4242' } });
    expect(captured).toMatchObject({ status: 200, body: { status: 'captured', captured_minor: 1_999 } });
    expect(first).toMatchObject({ status: 201, body: { authorization: { status: 'partially_refunded' } } });
    expect(rest).toMatchObject({ status: 201, body: { amount_minor: 1_000, authorization: { status: 'refunded' } } });
    expect(after.net_minor).toBe(before);
  });

  test.each([
    ['tok_declined', 'card_declined'],
    ['tok_insufficient_funds', 'insufficient_funds'],
    ['tok_expired', 'expired_card'],
    ['tok_fraud', 'fraud_suspected'],
  ])('%s is declined with 402 and %s, and the decline is found by reference', async (token, code) => {
    const answer = await authorize(`decline-${token}`, token);
    const found = await call('GET', `/v1/authorizations?reference=decline-${token}`);

    expect(answer.status).toBe(402);
    expect(answer.body.error.code).toBe(code);
    expect(found.body.authorizations).toEqual([answer.body.authorization]);
    expect(found.body.authorizations[0]).toMatchObject({ status: 'declined', decline_code: code });
  });

  test('tok_flaky fails twice with 503 and leaves nothing, then holds once', async () => {
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await authorize('flaky', 'tok_flaky')).status);
    const found = await call('GET', '/v1/authorizations?reference=flaky');

    expect(statuses).toEqual([503, 503, 201]);
    expect(found.body.authorizations).toHaveLength(1);
  });

  test('tok_slow is recorded at once and answered after 3,000 ms', async () => {
    let answered = false;
    const slow = authorize('slow', 'tok_slow').finally(() => {
      answered = true;
    });
    await expect
      .poll(async () => (await call('GET', '/v1/authorizations?reference=slow')).body.authorizations.length)
      .toBe(1);
    await clock.advance(2_999);
    await call('GET', '/v1/tokens/tok_slow');

    expect(answered).toBe(false);
    await clock.advance(1);
    expect((await slow).status).toBe(201);
  });

  test('tok_timeout is recorded once and never answered, also when repeated', async () => {
    for (let i = 0; i < 2; i++) {
      const impatient = new AbortController();
      const answer = call('POST', '/v1/authorizations', hold('silent', 'tok_timeout'), {
        key: 'authorize:silent',
        signal: impatient.signal,
      });
      await expect
        .poll(async () => (await call('GET', '/v1/authorizations?reference=silent')).body.authorizations.length)
        .toBe(1);
      impatient.abort();
      await expect(answer).rejects.toThrow('aborted');
    }
    const [found] = (await call('GET', '/v1/authorizations?reference=silent')).body.authorizations;
    const captured = await call('POST', `/v1/authorizations/${found.id}/capture`, {}, { key: 'capture:silent' });

    expect(captured.body.status).toBe('captured');
  });

  test('the same key and body give the same answer, another body 422', async () => {
    const first = await authorize('keyed');
    const again = await authorize('keyed');
    const other = await call('POST', '/v1/authorizations', hold('other'), { key: 'authorize:keyed' });

    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(other).toMatchObject({ status: 422, body: { error: { code: 'idempotency_key_reused' } } });
  });

  test('of 20 simultaneous calls with one key one has an effect', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => authorize('crowd')));
    const found = await call('GET', '/v1/authorizations?reference=crowd');

    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(found.body.authorizations).toHaveLength(1);
  });

  test('of 10 simultaneous captures with different keys one works and nine are refused with 409', async () => {
    const { id } = (await authorize('race')).body;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => call('POST', `/v1/authorizations/${id}/capture`, {}, { key: `race-${i}` })),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error?.code === 'authorization_state')).toHaveLength(9);
  });

  test('a void frees the hold, and a voided hold cannot be captured', async () => {
    const { id } = (await authorize('voided')).body;
    const voided = await call('POST', `/v1/authorizations/${id}/void`, undefined, { key: 'void' });
    const capture = await call('POST', `/v1/authorizations/${id}/capture`, {}, { key: 'capture-after-void' });

    expect(voided.body.status).toBe('voided');
    expect(capture).toMatchObject({ status: 409, body: { error: { code: 'authorization_state' } } });
  });

  test('more than is held or captured is refused with 422', async () => {
    const { id } = (await authorize('greedy')).body;
    const capture = await call(
      'POST',
      `/v1/authorizations/${id}/capture`,
      { amount_minor: 2_000 },
      { key: 'greedy-1' },
    );
    await call('POST', `/v1/authorizations/${id}/capture`, { amount_minor: 1_000 }, { key: 'greedy-2' });
    const refund = { authorization_id: id, amount_minor: 1_001 };

    expect(capture).toMatchObject({ status: 422, body: { error: { code: 'capture_too_large' } } });
    expect(await call('POST', '/v1/refunds', refund, { key: 'greedy-3' })).toMatchObject({
      status: 422,
      body: { error: { code: 'refund_too_large' } },
    });
  });

  test.each([
    ['amount 0', { amount_minor: 0 }, 'amount_minor'],
    ['amount 1.5', { amount_minor: 1.5 }, 'amount_minor'],
    ['amount as text', { amount_minor: '5' }, 'amount_minor'],
    ['currency usd', { currency: 'usd' }, 'currency'],
    ['a card number as token', { token: '4242424242424242' }, 'token'],
    ['an empty reference', { reference: '' }, 'reference'],
    ['an unknown field', { extra: 1 }, 'extra'],
  ])('%s is refused with 400 and the field', async (_, change, field) => {
    const answer = await call('POST', '/v1/authorizations', { ...hold('bad'), ...change }, { key: 'bad' });

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'request_invalid' } } });
    expect(answer.body.error.message).toContain(field);
  });

  test('a POST without a usable key is refused with 400, a wrong bearer with 401', async () => {
    const missing = await call('POST', '/v1/authorizations', hold('keyless'));
    const spaced = await call('POST', '/v1/authorizations', hold('keyless'), { key: 'a b' });
    const wrong = await call('GET', '/v1/ledger', undefined, { bearer: 'wrong' });

    expect([missing.status, spaced.status, wrong.status]).toEqual([400, 400, 401]);
    expect(wrong.body.error.code).toBe('key_invalid');
  });

  test('unknown token, authorization and route answer 404, broken JSON 400, 20 kB 413', async () => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const broken = await fetch(`${url}/v1/authorizations`, { method: 'POST', headers, body: '{"token":' });
    const big = hold('x'.repeat(20_000));

    expect((await call('GET', '/v1/tokens/tok_unheard_of')).body.error.code).toBe('token_unknown');
    expect((await call('GET', '/v1/authorizations/auth_none')).body.error.code).toBe('authorization_unknown');
    expect((await call('GET', '/v2/ledger')).body.error.code).toBe('route_unknown');
    expect((await call('POST', '/v1/authorizations', big, { key: 'big' })).status).toBe(413);
    expect([broken.status, ((await broken.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      'request_invalid',
    ]);
  });
});
