import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, haveEffect, type Lab, openLab, request, work } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function die(kind: 'whole' | 'staged', point: string): Promise<void> {
  const child = fork(fileURLToPath(new URL('fixtures/dying-call.ts', import.meta.url)), [lab.url, kind, point]);
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

test('killed between effect and commit, a call of one transaction leaves nothing, and the next one runs', async () => {
  await die('whole', 'idempotency.before-commit');
  await expect.poll(() => lab.effectCount('killed-whole')).toBe(0);
  const call = () =>
    answerOf(
      lab.first.effects.run(
        request('killed-whole'),
        work(() => haveEffect(lab.first, 'killed-whole')),
      ),
    );
  await expect.poll(call).toMatchObject({ replayed: false });
  expect(await call()).toMatchObject({ replayed: true });
  expect(await lab.effectCount('killed-whole')).toBe(1);
});

test('killed between claim and completion, a staged call keeps its key for the 60 s of its lock, then the next one ends it', async () => {
  await die('staged', 'idempotency.before-complete');
  const call = () =>
    answerOf(
      lab.second.effects.runStaged(
        request('killed-staged'),
        work(() => haveEffect(lab.second, 'killed-staged')),
        { lockMs: 60_000 },
      ),
    );
  await expect(call()).rejects.toMatchObject({ reason: 'IDEMPOTENCY_IN_PROGRESS' });
  await lab.age('killed-staged:me', { lockMs: 60_000 });
  expect(await call()).toMatchObject({ replayed: false });
  expect(await call()).toMatchObject({ replayed: true });
  expect(await lab.effectCount('killed-staged')).toBe(1);
});
