import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { rateLimitedError } from '../decision.ts';
import { createTierLookup, defaultTiers } from '../tiers.ts';
import { createLocalLimiter, type LocalLimiterOptions } from './local-limiter.ts';

const limitOf = createTierLookup(defaultTiers);

function setUp(options: LocalLimiterOptions = {}) {
  const clock = new FakeClock(0);
  const limiter = createLocalLimiter({ clock, ...options });
  const take = (key: string, tier: string | undefined, cost = 1) =>
    limiter.take([{ name: 'client', key, limit: limitOf(tier), cost }]);
  const check = (key: string, tier: string | undefined, cost = 1) => {
    const { allowed, retryAfterSeconds, by } = take(key, tier, cost);
    return { allowed, retryAfterSeconds, ...by };
  };
  const admitted = (key: string, tier: string | undefined, calls: number): number => {
    let count = 0;
    for (let call = 0; call < calls; call++) if (take(key, tier).allowed) count += 1;
    return count;
  };
  return { clock, limiter, take, check, admitted };
}

test('the default tiers are 10, 100, 1,000 and 10,000 a minute with twice that as burst', () => {
  expect(defaultTiers).toEqual({
    anonymous: { limitPerMinute: 10, burst: 20 },
    free: { limitPerMinute: 100, burst: 200 },
    professional: { limitPerMinute: 1_000, burst: 2_000 },
    enterprise: { limitPerMinute: 10_000, burst: 20_000 },
  });
});

test.each(Object.entries(defaultTiers))(
  '%s: a burst at once, then the rate of a minute',
  async (tier, { burst, limitPerMinute }) => {
    const { clock, admitted } = setUp();

    expect(admitted('a', tier, burst + 50)).toBe(burst);
    await clock.advance(60_000);

    expect(admitted('a', tier, burst + 50)).toBe(limitPerMinute);
  },
);

describe('the answer', () => {
  test('to an allowed call: limit per minute, burst, remaining tokens and when the bucket is full', () => {
    const { check } = setUp();

    expect(check('a', 'free')).toEqual({
      allowed: true,
      name: 'client',
      limitPerMinute: 100,
      burst: 200,
      remaining: 199,
      resetAtMs: Date.UTC(1970, 0, 1) + 600,
      resetInMs: 600,
      retryAfterSeconds: 0,
    });
  });

  test('to a refused call: seconds to the next token, rounded up, and they are enough', async () => {
    const { clock, check, admitted } = setUp();
    admitted('a', 'anonymous', 20);

    expect(check('a', 'anonymous')).toMatchObject({
      allowed: false,
      remaining: 0,
      retryAfterSeconds: 6,
      resetAtMs: 120_000,
    });
    await clock.advance(5_500);
    expect(check('a', 'anonymous')).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
    await clock.advance(500);

    expect(check('a', 'anonymous').allowed).toBe(true);
  });

  test.each([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60])(
    'at %i a minute the seconds count down by one each second',
    async (limitPerMinute) => {
      const { clock, limiter } = setUp();
      const check = (cost: number) =>
        limiter.take([{ name: 'client', key: 'a', limit: { limitPerMinute, burst: 3 }, cost }]);
      await clock.advance(0.1234567);
      check(3);

      for (let left = 60 / limitPerMinute; left >= 1; left--) {
        expect(check(1).retryAfterSeconds).toBe(left);
        await clock.advance(1_000);
      }
      expect(check(1).allowed).toBe(true);
    },
  );

  test('as an error: RATE_LIMITED, executed no, retry after', () => {
    const { take, admitted } = setUp();
    admitted('a', 'anonymous', 20);

    expect(rateLimitedError(take('a', 'anonymous'))).toMatchObject({
      reason: 'RATE_LIMITED',
      code: 'resource_exhausted',
      executed: 'no',
      retryAfterMs: 6_000,
      rawMessage: 'more than 10 calls a minute, the next is possible in 6 s',
    });
  });
});

describe('cost', () => {
  test('takes so many tokens or none', () => {
    const { check } = setUp();

    expect(check('a', 'anonymous', 15)).toMatchObject({ allowed: true, remaining: 5 });
    expect(check('a', 'anonymous', 6)).toMatchObject({ allowed: false, remaining: 5, retryAfterSeconds: 6 });
    expect(check('a', 'anonymous', 5)).toMatchObject({ allowed: true, remaining: 0 });
  });

  test('0 only looks; above the burst is never allowed', async () => {
    const { clock, check } = setUp();

    expect(check('a', 'anonymous', 0)).toMatchObject({ allowed: true, remaining: 20, resetAtMs: 0 });
    await clock.advance(1e9);
    expect(check('a', 'anonymous', 21)).toMatchObject({ allowed: false, remaining: 20, retryAfterSeconds: 1 });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%s is refused', (cost) => {
    expect(() => setUp().check('a', 'free', cost)).toThrow(/rate limit cost must be a number of at least 0/);
  });
});

describe('tiers', () => {
  test.each([undefined, '', 'platinum', 'constructor', '__proto__', 'Free'])('%j is anonymous', (tier) => {
    expect(setUp().check('a', tier)).toMatchObject({ limitPerMinute: 10, burst: 20 });
  });

  test('a change applies to the next call', () => {
    const { check, admitted } = setUp();

    expect(admitted('a', 'anonymous', 30)).toBe(20);
    expect(check('a', 'free')).toMatchObject({ allowed: true, limitPerMinute: 100, remaining: 179 });
    expect(admitted('a', 'free', 300)).toBe(179);
    expect(check('a', 'anonymous')).toMatchObject({ allowed: false, retryAfterSeconds: 6 });
  });

  test.each([
    [{ free: { limitPerMinute: 1, burst: 1 } }, /tiers must be a table with anonymous, got "free"/],
    [{ anonymous: { limitPerMinute: 0, burst: 1 } }, /tier anonymous limitPerMinute must be a number above 0, got 0/],
    [
      { anonymous: { limitPerMinute: 1, burst: 0.5 } },
      /tier anonymous burst must be an integer of at least 1, got 0.5/,
    ],
    [{ anonymous: { limitPerMinute: Number.NaN, burst: 1 } }, /limitPerMinute must be/],
  ])('%j is refused', (tiers, message) => {
    expect(() => createTierLookup(tiers as unknown as typeof defaultTiers)).toThrow(message);
  });

  test.each([{ maxKeys: 0 }, { idleMs: 0 }, { maxKeys: Number.NaN }])('%j is refused', (options) => {
    expect(() => setUp(options)).toThrow(/rateLimiter\.\w+ must be a number of at least 1/);
  });
});

describe('keys', () => {
  test('each client has its own bucket', () => {
    const { admitted } = setUp();

    expect(admitted('a', 'anonymous', 30)).toBe(20);
    expect(admitted('b', 'anonymous', 30)).toBe(20);
  });

  test('a key of 100 kB is one client like any other', () => {
    const { admitted } = setUp();
    const key = 'x'.repeat(100_000);

    expect(admitted(key, 'anonymous', 30)).toBe(20);
    expect(admitted(`${key}y`, 'anonymous', 30)).toBe(20);
    expect(admitted(key, 'anonymous', 30)).toBe(0);
  });

  test('a jump of the wall clock changes the reset time, 100 ms later, and nothing else', async () => {
    const { clock, admitted, check } = setUp();
    admitted('a', 'anonymous', 20);

    clock.jump(86_400_000);
    expect(admitted('a', 'anonymous', 10)).toBe(0);
    clock.jump(-2 * 86_400_000);
    await clock.advance(100);

    expect(check('a', 'anonymous')).toMatchObject({
      allowed: false,
      retryAfterSeconds: 6,
      resetAtMs: -86_400_000 + 120_000,
    });
  });
});

describe('claims of one request', () => {
  const two = { limitPerMinute: 60, burst: 2 };
  const five = { limitPerMinute: 60, burst: 5 };

  test('are admitted together: when one bucket refuses, no other loses a token', () => {
    const { limiter } = setUp();
    const claims = [
      { name: 'client', key: 'client a', limit: five, cost: 1 },
      { name: 'route', key: 'route a', limit: two, cost: 1 },
    ];

    const decisions = [1, 2, 3].map(() => limiter.take(claims));

    expect(decisions.map(({ allowed, by }) => [allowed, by.name, by.remaining])).toEqual([
      [true, 'route', 1],
      [true, 'route', 0],
      [false, 'route', 0],
    ]);
    expect(decisions[2]?.standings.map(({ name, remaining }) => [name, remaining])).toEqual([
      ['client', 3],
      ['route', 0],
    ]);
  });

  test('of the same bucket add up in it, also when they make it', () => {
    const { limiter } = setUp();
    const claim = { name: 'client', key: 'a', limit: five, cost: 2 };

    const decision = limiter.take([claim, { ...claim, name: 'route' }]);

    expect(decision.standings.map(({ name, remaining }) => [name, remaining])).toEqual([
      ['client', 3],
      ['route', 1],
    ]);
    expect(limiter.take([{ ...claim, cost: 0 }]).by.remaining).toBe(1);
  });

  test('wait for the slowest of those that refuse', async () => {
    const { clock, limiter } = setUp();
    const claims = [
      { name: 'fast', key: 'a', limit: { limitPerMinute: 60, burst: 1 }, cost: 1 },
      { name: 'slow', key: 'b', limit: { limitPerMinute: 6, burst: 1 }, cost: 1 },
    ];
    limiter.take(claims);

    expect(limiter.take(claims)).toMatchObject({ retryAfterSeconds: 10, by: { name: 'slow' } });
    await clock.advance(10_000);
    expect(limiter.take(claims).allowed).toBe(true);
  });

  test('are given back when something else refuses', () => {
    const { limiter } = setUp();
    const claims = [{ name: 'client', key: 'a', limit: two, cost: 2 }];
    limiter.take(claims);

    limiter.giveBack(claims);
    limiter.giveBack(claims);

    expect(limiter.take(claims)).toMatchObject({ allowed: true, by: { remaining: 0 } });
    expect(limiter.take(claims).allowed).toBe(false);
  });
});
