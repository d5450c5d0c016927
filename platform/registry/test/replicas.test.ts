import { describe, expect, test } from 'vitest';
import { type Replica, type Replicas, startReplicas } from './replicas.ts';

// Checks 4, 9 and 12 of load balancing, by their numbers, and restarts under load: replicas are processes that register.

/** So long that no test sees its end: a replica that is back keeps a tenth of its share until another policy says else. */
const longSlowStart = { policy: 'round_robin', slow_start: { window_ms: 3_600_000 } };

async function startMany(fleet: Replicas, count: number): Promise<Replica[]> {
  const replicas = await Promise.all(Array.from({ length: count }, () => fleet.start()));
  await fleet.known(replicas);
  return replicas;
}

/** Keeps calls coming until it is told to end; gives what failed, and how many were answered. */
function load(fleet: Replicas): { end(): Promise<{ readonly answered: number; readonly failures: unknown[] }> } {
  let isOver = false;
  const running = (async () => {
    const failures: unknown[] = [];
    let answered = 0;
    while (!isOver) {
      const round = await fleet.calls(40);
      failures.push(...round.failures);
      for (const count of Object.values(round.counts)) answered += count;
    }
    return { answered, failures };
  })();
  return {
    end() {
      isOver = true;
      return running;
    },
  };
}

describe.each(['node', 'wire'] as const)('over the engine %s', { timeout: 120_000 }, (engine) => {
  test('4, 9 and 12: one of five killed under load fails no call, the rest share 400 calls as 100 each, and the one that is back starts slowly', async () => {
    await using fleet = await startReplicas(engine, longSlowStart);
    const five = await startMany(fleet, 5);
    const before = await fleet.calls(100);
    expect(before.failures).toEqual([]);
    expect(Object.values(before.counts)).toEqual([20, 20, 20, 20, 20]);

    const loaded = load(fleet);
    await five[0]?.end('SIGKILL');
    await fleet.known(five.slice(1));
    expect((await loaded.end()).failures).toEqual([]);

    const four = await fleet.calls(400);
    expect(four).toEqual({ counts: Object.fromEntries(five.slice(1).map(({ id }) => [id, 100])), failures: [] });

    const back = await fleet.start();
    await fleet.known([...five.slice(1), back]);
    const warming = await fleet.calls(410);
    expect(warming.failures).toEqual([]);
    const { by_endpoint: slow } = await fleet.stats();
    expect(slow.filter(({ use }) => use === 'used').map(({ id, warmth }) => [id === back.id, warmth])).toEqual(
      expect.arrayContaining([
        [true, 0.1],
        [false, 1],
      ]),
    );
    expect(Math.abs((warming.counts[back.id] ?? 0) - 10)).toBeLessThanOrEqual(2);

    await fleet.configure({ policy: 'round_robin', slow_start: { window_ms: 0 } });
    const restored = await fleet.calls(100);
    expect(Object.values(restored.counts)).toEqual([20, 20, 20, 20, 20]);
    expect(restored.counts[back.id]).toBe(20);
  });

  test('12: /stats counts as many answers of each replica as the caller got, under the policy that is in force', async () => {
    await using fleet = await startReplicas(engine, { policy: 'least_request' });
    await startMany(fleet, 3);

    const first = await fleet.calls(90);
    expect((await fleet.stats()).policy).toBe('least_request');
    await fleet.configure({ policy: 'random' });
    const second = await fleet.calls(90);

    const stats = await fleet.stats();
    expect([stats.policy, stats.picks, first.failures, second.failures]).toEqual(['random', 180, [], []]);
    for (const { id, picks, successes, errors } of stats.by_endpoint) {
      const answered = (first.counts[id] ?? 0) + (second.counts[id] ?? 0);
      expect([picks, successes, errors]).toEqual([answered, answered, 0]);
    }
  });

  test('a rolling restart of 3 replicas under load fails no call, and long calls end with their answer', async () => {
    await using fleet = await startReplicas(engine, { policy: 'round_robin' });
    let replicas = await startMany(fleet, 3);
    const loaded = load(fleet);
    const ends: (number | null)[] = [];
    const slow: Promise<{ text: string }>[] = [];

    for (const old of replicas) {
      const replacement = await fleet.start();
      await fleet.known([...replicas, replacement]);
      for (let i = 0; i < 4; i++) slow.push(fleet.echo.echo({ text: 'slow-300' }));
      ends.push(await old.end('SIGTERM'));
      replicas = [...replicas.filter((one) => one !== old), replacement];
      await fleet.known(replicas);
    }

    const { answered, failures } = await loaded.end();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect(ends).toEqual([0, 0, 0]);
    expect((await Promise.all(slow)).map(({ text }) => text)).toEqual(slow.map(() => 'slow-300'));
  });

  test('a stream on a replica that is restarted ends with SERVER_DRAINING, and one opened anew goes on elsewhere', async () => {
    await using fleet = await startReplicas(engine, { policy: 'round_robin' });
    const [old] = await startMany(fleet, 1);
    const stream = fleet.echo.follow({});
    const read = async (): Promise<void> => {
      for await (const { number } of stream) if (number === 1) reading.resolve();
    };
    const reading = Promise.withResolvers<void>();
    const ended = expect(read()).rejects.toMatchObject({ code: 'unavailable', reason: 'SERVER_DRAINING' });
    await reading.promise;
    const other = await fleet.start();
    await fleet.known([old as Replica, other]);

    expect(await old?.end('SIGTERM')).toBe(0);

    await ended;
    await fleet.known([other]);
    const ending = new AbortController();
    const anew = fleet.echo.follow({}, { signal: ending.signal })[Symbol.asyncIterator]();
    expect((await anew.next()).value?.server?.id).toBe(other.id);
    ending.abort();
  });
});
