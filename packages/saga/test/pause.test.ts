import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSagaEngine } from '../src/index.ts';
import { pausedSaga } from './fixtures/paused-saga.ts';
import { sagaDatabase } from './harness.ts';

let db: TestDatabase;
let runner: ChildProcess;
beforeAll(async () => {
  db = await sagaDatabase();
  runner = fork(fileURLToPath(new URL('fixtures/paused-runner.ts', import.meta.url)), [db.url]);
});
afterAll(async () => {
  runner.kill('SIGKILL');
  await db[Symbol.asyncDispose]();
});

test('a process stopped for longer than its lease of 1 s and continued writes nothing, and counts the lease it lost', async () => {
  expect((await once(runner, 'message'))[0]).toBe('holds');
  runner.kill('SIGSTOP');

  const saga = pausedSaga(async () => undefined);
  await using engine = createSagaEngine({
    database: db.database,
    sagas: [saga],
    owner: 'alive',
    leaseMs: 1_000,
    pollIntervalMs: 100,
  });
  expect(await engine.result('sg_paused', { waitMs: 15_000 })).toMatchObject({ status: 'completed' });
  const before = await engine.read('sg_paused');
  expect(before?.history.find(({ kind }) => kind === 'taken_over')?.detail).toMatchObject({ from: 'paused' });

  const lost = once(runner, 'message');
  runner.kill('SIGCONT');
  runner.send('go on');

  expect((await lost)[0]).toEqual({ lost: 1 });
  expect(await engine.read('sg_paused')).toEqual(before);
  const { rows } = await db.database.query<{ note: string }>('select note from notes order by position');
  expect(rows.map(({ note }) => note)).toEqual(['hold done', 'pay done']);
});
