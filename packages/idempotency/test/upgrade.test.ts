import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { runMigrations } from '@mainstay/postgres';
import { expect, test } from 'vitest';
import { answerOf, haveEffect, type Instance, type Lab, openLab, refuse, request, work } from './lab.ts';

const lockMs = 10_000;

/** A database with the first migrations only; disposing removes their copy, too. */
async function openOldLab(migrations: number): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-old-schema-'));
  const files = (await readdir(idempotencyMigrations)).sort().slice(0, migrations);
  await Promise.all(files.map((file) => copyFile(new URL(file, idempotencyMigrations), join(folder, file))));
  const lab = await openLab({ name: 'idempotency', directory: pathToFileURL(`${folder}/`) });
  await rm(folder, { recursive: true });
  return lab;
}

const place = (instance: Instance, what: string) =>
  answerOf(
    instance.effects.run(
      request(what),
      work(() => haveEffect(instance, what)),
    ),
  );
const refused = (instance: Instance) =>
  answerOf(
    instance.effects.run(
      request('refused'),
      work(() => Promise.reject(refuse())),
    ),
  ).catch((error: unknown) => error);
const stage = (instance: Instance, run = () => haveEffect(instance, 'died')) =>
  answerOf(instance.effects.runStaged(request('died'), work(run), { lockMs }));

/** Has the effect of a staged call whose process never comes back. */
async function stageAndDie(instance: Instance): Promise<string> {
  const inside = Promise.withResolvers<string>();
  const call = stage(instance, async () => {
    inside.resolve(await haveEffect(instance, 'died'));
    return new Promise(() => undefined);
  });
  call.catch(() => undefined);
  return inside.promise;
}

test('records of a schema of 3 migrations are replayed byte for byte after the upgrade, and one in hand is taken over', async () => {
  await using lab = await openOldLab(3);
  const placed = await place(lab.first, 'placed');
  const refusal = await refused(lab.first);
  const died = await stageAndDie(lab.first);

  await runMigrations({ url: lab.url, directory: [idempotencyMigrations] });

  expect(await place(lab.second, 'placed')).toEqual({ replayed: true, text: placed.text });
  expect(await refused(lab.second)).toEqual(refusal);
  await expect(stage(lab.second)).rejects.toMatchObject({ reason: 'IDEMPOTENCY_IN_PROGRESS' });
  await lab.age('died:me', { lockMs });
  expect(await stage(lab.second)).toEqual({ replayed: false, text: died });
  expect([await lab.effectCount('placed'), await lab.effectCount('died')]).toEqual([1, 1]);
  // Whoever still runs goes on over the schema under its feet.
  expect(await place(lab.first, 'later')).toMatchObject({ replayed: false });
});
