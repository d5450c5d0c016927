import { createKeyedEffects } from '@mainstay/idempotency';
import { openDatabase } from '@mainstay/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answerOf,
  fingerprint,
  haveEffect,
  type Instance,
  type Lab,
  openLab,
  otherFingerprint,
  outage,
  refuse,
  request,
  work,
} from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

const place = (instance: Instance, what: string, own: { key?: string; fingerprint?: Uint8Array } = {}) =>
  answerOf(
    instance.effects.run(
      request(what, own),
      work(() => haveEffect(instance, what)),
    ),
  );

test('a repetition gets the first answer and headers byte for byte, from another instance too', async () => {
  const first = await place(lab.first, 'replay');
  expect(await place(lab.second, 'replay')).toEqual({ replayed: true, text: first.text });
  const outcome = await lab.first.effects.run(
    request('replay'),
    work(async () => 'never'),
  );
  expect(outcome).toMatchObject({ isReplayed: true, answer: { headers: [['mainstay-http-status', '202']] } });
  expect(await lab.effectCount('replay')).toBe(1);
});

test('another request under the key is refused with 422; another key, caller or operation is another effect', async () => {
  await place(lab.first, 'reused');
  await expect(place(lab.second, 'reused', { fingerprint: otherFingerprint })).rejects.toMatchObject({
    reason: 'IDEMPOTENCY_KEY_REUSED',
    httpStatus: 422,
    executed: 'no',
  });
  expect(await place(lab.first, 'reused', { key: 'key-2' })).toMatchObject({ replayed: false });
  const other = { ...request('reused'), subject: 'you' };
  const outcome = await lab.first.effects.run(
    other,
    work(() => haveEffect(lab.first, 'reused')),
  );
  expect(outcome.isReplayed).toBe(false);
  expect(await lab.effectCount('reused')).toBe(3);
});

test('a call while another one runs is told so at once, after 100 ms again, whether its request is the same or not', async () => {
  const inside = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const running = lab.first.effects.run(
    request('busy'),
    work(async () => {
      const id = await haveEffect(lab.first, 'busy');
      inside.resolve();
      await goOn.promise;
      return id;
    }),
  );
  await inside.promise;
  for (const own of [{ fingerprint }, { fingerprint: otherFingerprint }]) {
    await expect(place(lab.second, 'busy', own)).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_IN_PROGRESS',
      retry: 'after',
      retryAfterMs: 100,
      executed: 'no',
    });
  }
  goOn.resolve();
  await running;
  expect(await place(lab.second, 'busy')).toMatchObject({ replayed: true });
});

test('a refusal is the answer: kept with its details, and what the work did before is undone', async () => {
  let runs = 0;
  const pay = (instance: Instance) =>
    answerOf(
      instance.effects.run(
        request('refused'),
        work(() =>
          instance.database.transaction(async () => {
            await haveEffect(instance, 'refused');
            runs += 1;
            throw refuse();
          }),
        ),
      ),
    );
  const first = await pay(lab.first).catch((error: unknown) => error);
  const second = await pay(lab.second).catch((error: unknown) => error);

  expect(second).toMatchObject({
    reason: 'CARD_REFUSED',
    code: 'failed_precondition',
    message: (first as Error).message,
    httpStatus: 402,
    metadata: { decline_code: 'empty' },
    violations: [{ field: 'amount', rule: 'max', message: 'is too much' }],
  });
  expect(runs).toBe(1);
  expect(await lab.effectCount('refused')).toBe(0);
});

test("a refusal outside of the work's own transactions is committed with what those wrote", async () => {
  const call = lab.first.effects.run(
    request('noted'),
    work(async () => {
      await haveEffect(lab.first, 'noted');
      throw refuse();
    }),
  );
  await expect(call).rejects.toMatchObject({ reason: 'CARD_REFUSED' });
  expect(await lab.effectCount('noted')).toBe(1);
  await expect(place(lab.second, 'noted')).rejects.toMatchObject({ reason: 'CARD_REFUSED' });
});

test('a refusal is asked anew where the caller repeats it until it succeeds', async () => {
  const asked = { ...request('asked-anew'), keepsRefusals: false };
  const refusedOnce = lab.first.effects.run(
    asked,
    work(async () => {
      throw refuse();
    }),
  );
  await expect(refusedOnce).rejects.toMatchObject({ reason: 'CARD_REFUSED' });
  const again = lab.second.effects.run(
    asked,
    work(() => haveEffect(lab.second, 'asked-anew')),
  );
  expect(await again).toMatchObject({ isReplayed: false });
});

test('an outage is no answer: the call runs again', async () => {
  const failing = lab.first.effects.run(
    request('outage'),
    work(async () => {
      await haveEffect(lab.first, 'outage');
      throw refuse(outage);
    }),
  );
  await expect(failing).rejects.toMatchObject({ reason: 'CARD_DOWN' });
  expect(await place(lab.second, 'outage')).toMatchObject({ replayed: false });
  expect(await lab.effectCount('outage')).toBe(1);
});

test('a record that cannot be written takes the effect with it', async () => {
  const unwritable = lab.first.effects.run(request('unwritable'), {
    run: () => haveEffect(lab.first, 'unwritable'),
    encode: () => ({ kind: 'response', response: new Uint8Array(1), headers: [['x', '\u0000']] }),
  });
  await expect(unwritable).rejects.toMatchObject({ reason: 'DATABASE_VALUE_INVALID' });
  expect(await lab.effectCount('unwritable')).toBe(0);
  expect(await place(lab.first, 'unwritable')).toMatchObject({ replayed: false });
});

test('an answer is kept for 24 h: replayed 1 minute before, had anew 1 s after, by one of 10 at once', async () => {
  const first = await place(lab.first, 'expiry');
  await lab.age('expiry:me', { expiryMs: 24 * 3_600_000 - 60_000 });
  expect(await place(lab.second, 'expiry')).toEqual({ replayed: true, text: first.text });
  await lab.age('expiry:me', { expiryMs: 61_000 });

  const own = { fingerprint: otherFingerprint };
  const calls = await Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => place(n % 2 === 0 ? lab.first : lab.second, 'expiry', own)),
  );
  expect(calls.filter((call) => call.status === 'fulfilled' && !call.value.replayed)).toHaveLength(1);
  expect(await lab.effectCount('expiry')).toBe(2);
  expect(await place(lab.first, 'expiry', own)).toMatchObject({ replayed: true });
});

test('without its store nothing is run, and the error is another one than for a key in use', async () => {
  const closed = await openDatabase({ url: lab.url, name: 'closed' });
  await closed[Symbol.asyncDispose]();
  const effects = createKeyedEffects({ database: closed });
  let runs = 0;
  const count = work(async () => String(++runs));
  const refusal = { reason: 'IDEMPOTENCY_STORE_UNAVAILABLE', code: 'unavailable', executed: 'no', retry: 'after' };
  await expect(effects.run(request('down'), count)).rejects.toMatchObject(refusal);
  await expect(effects.runStaged(request('down'), count, { lockMs: 1_000 })).rejects.toMatchObject(refusal);
  expect(runs).toBe(0);
});

test('a bad key, a long scope and a short fingerprint are refused before anything is asked', async () => {
  await expect(place(lab.first, 'bad', { key: 'a b' })).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_INVALID' });
  await expect(place(lab.first, 'x'.repeat(510))).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
  const short = { fingerprint: new Uint8Array(31) };
  await expect(place(lab.first, 'short', short)).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
});
