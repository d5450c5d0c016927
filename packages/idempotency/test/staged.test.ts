import { createKeyedEffects, deleteExpiredRecords } from '@mainstay/idempotency';
import { faultPoint } from '@mainstay/kernel';
import { currentEffectId } from '@mainstay/kernel/context';
import { FakeClock, withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, haveEffect, type Instance, type Lab, openLab, outage, refuse, request, work } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

const lockMs = 10_000;

const stage = (instance: Instance, what: string, run: () => Promise<string> = () => haveEffect(instance, what)) =>
  answerOf(instance.effects.runStaged(request(what), work(run), { lockMs }));

/** A call that has had its effect and then stands still until it is told to go on. */
async function standStill(instance: Instance, what: string, afterwards = async (id: string) => id) {
  const inside = Promise.withResolvers<string>();
  const goOn = Promise.withResolvers<void>();
  const call = stage(instance, what, async () => {
    const id = await haveEffect(instance, what);
    inside.resolve(id);
    await goOn.promise;
    return await afterwards(id);
  });
  call.catch(() => undefined);
  return { id: await inside.promise, call, goOn: goOn.resolve };
}

test('a repetition gets the first answer; while the first call runs it is told to come back in at most 1 s', async () => {
  const first = await standStill(lab.first, 'slow');
  await expect(stage(lab.second, 'slow')).rejects.toMatchObject({
    reason: 'IDEMPOTENCY_IN_PROGRESS',
    retryAfterMs: 1_000,
  });
  first.goOn();
  const { text } = await first.call;
  expect(await stage(lab.second, 'slow')).toEqual({ replayed: true, text });
  expect(await lab.effectCount('slow')).toBe(1);
});

test('a call that died is taken over when its lock has run out, with the same effect, and answers what it finds', async () => {
  const dead = await standStill(lab.first, 'died');
  await expect(stage(lab.second, 'died')).rejects.toMatchObject({ reason: 'IDEMPOTENCY_IN_PROGRESS' });
  await lab.age('died:me', { lockMs });

  expect(await stage(lab.second, 'died')).toEqual({ replayed: false, text: dead.id });
  expect(await lab.effectCount('died')).toBe(1);
});

test('a call that runs for longer than its lock renews it every third of its time, and is not taken over', async () => {
  const clock = new FakeClock();
  const renewing = { ...lab.first, effects: createKeyedEffects({ database: lab.first.database, clock }) };
  const secondsLeft = async (): Promise<number> => {
    const { rows } = await lab.second.database.query<{ left: number }>(
      `SELECT extract(epoch FROM locked_until - now())::float8 AS left FROM idempotency_records WHERE scope = 'long:me'`,
    );
    return rows[0]!.left;
  };
  const long = await standStill(renewing, 'long');

  for (let renewals = 0; renewals < 3; renewals++) {
    await lab.age('long:me', { lockMs: lockMs * 0.9 });
    expect(await secondsLeft()).toBeLessThan(1);
    await clock.advance(lockMs / 3);
    await expect.poll(secondsLeft).toBeGreaterThan(9);
  }
  await expect(stage(lab.second, 'long')).rejects.toMatchObject({ reason: 'IDEMPOTENCY_IN_PROGRESS' });
  long.goOn();

  expect(await long.call).toEqual({ replayed: false, text: long.id });
  expect(await lab.effectCount('long')).toBe(1);
});

test('a call that was taken over writes nothing any more: neither in a transaction, nor an answer', async () => {
  const old = await standStill(lab.first, 'paused', () => haveEffect(lab.first, 'written-late'));
  await lab.age('paused:me', { lockMs });
  const heir = await standStill(lab.second, 'paused');

  old.goOn();
  await expect(old.call).rejects.toMatchObject({ reason: 'IDEMPOTENCY_TAKEN_OVER', retry: 'after' });
  expect(await lab.effectCount('written-late')).toBe(0);
  heir.goOn();
  const { text } = await heir.call;
  expect(await stage(lab.first, 'paused')).toEqual({ replayed: true, text });
});

test('a call whose record expired and was removed keeps no answer in the record of the next one, though both have epoch 1', async () => {
  const old = await standStill(lab.first, 'removed', () => haveEffect(lab.first, 'written-late-too'));
  await lab.age('removed:me', { expiryMs: 2 * 86_400_000 });
  await deleteExpiredRecords(lab.first.database);
  const next = await standStill(lab.second, 'removed');

  old.goOn();
  await expect(old.call).rejects.toMatchObject({ reason: 'IDEMPOTENCY_TAKEN_OVER' });
  next.goOn();

  expect(await next.call).toEqual({ replayed: false, text: next.id });
  expect(await lab.effectCount('written-late-too')).toBe(0);
});

test('an answer that comes after a take-over is dropped, and its caller gets the one that counts', async () => {
  const old = await standStill(lab.first, 'late', async () => 'late answer');
  await lab.age('late:me', { lockMs });
  await stage(lab.second, 'late');

  old.goOn();
  expect(await old.call).toEqual({ replayed: true, text: old.id });
});

test('a call whose first transaction is rolled back has claimed nothing', async () => {
  const failing = stage(lab.first, 'rolled-back', () =>
    lab.first.database.transaction(async () => {
      await haveEffect(lab.first, 'rolled-back');
      throw refuse(outage);
    }),
  );
  await expect(failing).rejects.toMatchObject({ reason: 'CARD_DOWN' });
  const { rowCount } = await lab.first.database.query(
    `SELECT 1 FROM idempotency_records WHERE scope = 'rolled-back:me'`,
  );
  expect(rowCount).toBe(0);
  expect(await stage(lab.second, 'rolled-back')).toMatchObject({ replayed: false });
});

test('an outage after the claim gives the key free at once; the next run has the same effect', async () => {
  const ids: string[] = [];
  const failing = stage(lab.first, 'released', async () => {
    ids.push(await haveEffect(lab.first, 'released'));
    throw refuse(outage);
  });
  await expect(failing).rejects.toMatchObject({ reason: 'CARD_DOWN' });
  ids.push((await stage(lab.second, 'released')).text);
  expect(ids[1]).toBe(ids[0]);
  expect(await lab.effectCount('released')).toBe(1);
});

test('a refusal is kept, before the claim and after it', async () => {
  for (const what of ['refused-before', 'refused-after']) {
    const refused = stage(lab.first, what, async () => {
      if (what === 'refused-after') await haveEffect(lab.first, what);
      throw refuse();
    });
    await expect(refused).rejects.toMatchObject({ reason: 'CARD_REFUSED', httpStatus: 402 });
    await expect(stage(lab.second, what)).rejects.toMatchObject({ reason: 'CARD_REFUSED', httpStatus: 402 });
  }
});

test('of two calls that both saw a free key one claims it, and the other gets its answer', async () => {
  using fault = withFault('test.both-looked');
  const racing = stage(lab.first, 'race', async () => {
    await faultPoint('test.both-looked');
    return await haveEffect(lab.first, 'race');
  });
  await fault.reached;
  const { text } = await stage(lab.second, 'race');
  fault.release();

  expect(await racing).toEqual({ replayed: true, text });
  expect(await lab.effectCount('race')).toBe(1);
});

test('work that writes nothing is kept too, and its effect has a name only inside', async () => {
  expect(await stage(lab.first, 'read-only', async () => currentEffectId())).toMatchObject({ replayed: false });
  expect(await stage(lab.second, 'read-only', async () => 'again')).toMatchObject({ replayed: true });
  expect(() => currentEffectId()).toThrow('inside a keyed call');
});
