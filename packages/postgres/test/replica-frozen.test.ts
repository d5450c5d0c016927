import { platform } from 'node:os';
import { expect, test } from 'vitest';
import { look, untilReadsRunOn, useReplication } from './replicas-harness.ts';

const servers = useReplication(1);

// A statement alone would be waited for 15 s: the limit of this test is what three checks without an answer take, and room for a slow machine.
test.runIf(platform() === 'linux')(
  'of 8 reads under way on a replica that is stopped by SIGSTOP, and 1 that comes then, none fails: three unanswered checks of 300 ms send them to the primary',
  {
    timeout: 12_000,
  },
  async () => {
    await using notes = await servers.open([0], { checkTimeoutMs: 300 });
    const { database, reads } = notes;
    const standby = servers.replication.standbys[0]!;
    const stopped = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    let underWay = 0;
    const waiting = Array.from({ length: 8 }, () =>
      database.transaction({ readOnly: true, reads: 'replica' }, async (tx) => {
        const { on } = await look(tx, '');
        if (on === 'primary') return on;
        underWay += 1;
        if (underWay === 8) all.resolve();
        await stopped.promise;
        return (await look(tx, '')).on;
      }),
    );
    await all.promise;

    await standby.freeze();
    stopped.resolve();
    const late = look(database.reads, '');
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 8 }, () => 'primary'));
    expect(await late).toMatchObject({ on: 'primary' });
    expect(reads.get('primary: failed')).toBeGreaterThanOrEqual(8);
    expect(await look(database.reads, '')).toMatchObject({ on: 'primary' });
    expect(reads.get('primary: none_usable')).toBeGreaterThan(0);

    await standby.thaw();
    await untilReadsRunOn('replica', database);
  },
);
