import { silentLogger } from '@mainstay/kernel';
import { testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { KeyRing } from '../src/sessions/key-ring.ts';

const dayMs = 86_400_000;

test('a new key is published 10 minutes before it signs, and the old one goes when no token needs it', async () => {
  await using db = await testDatabase({ migrations: [new URL('../migrations/', import.meta.url)] });
  const clock = new FakeClock(Date.now());
  const options = { database: db.database, clock, logger: silentLogger, keyLifeMs: dayMs, tokenLifeMs: 900_000 };
  const ring = new KeyRing(options);
  const first = (await ring.signingKey()).kid;
  await clock.advance(dayMs + 60_000);
  const published = (await ring.publicKeys()).map(({ kid }) => kid);
  expect(published).toHaveLength(2);
  expect((await ring.signingKey()).kid).toBe(first);

  await clock.advance(600_000);
  expect((await ring.signingKey()).kid).toBe(published[0]);

  await clock.advance(3 * dayMs);
  expect((await ring.publicKeys()).map(({ kid }) => kid)).not.toContain(first);
});

test('2 instances that start at once on an empty database agree on one key', async () => {
  await using db = await testDatabase({ migrations: [new URL('../migrations/', import.meta.url)] });
  const options = {
    database: db.database,
    clock: new FakeClock(Date.now()),
    logger: silentLogger,
    keyLifeMs: dayMs,
    tokenLifeMs: 900_000,
  };

  const kids = await Promise.all([new KeyRing(options), new KeyRing(options)].map((ring) => ring.signingKey()));

  expect(kids[0]!.kid).toBe(kids[1]!.kid);
});
