import { create } from '@bufbuild/protobuf';
import { GetProductResponseSchema } from '@mainstay/contracts/products/v1/products';
import { Cancellation, defineReasons, PlatformError, silentMeter } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import type { ServiceAnswer } from '../protection/service-answer.ts';
import { createKeptAnswers, type GivenAnswer } from './kept-answers.ts';

const { DOWN } = defineReasons({
  DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
});

function setUp(
  policy: { readonly freshMs: number; readonly staleMs: number; readonly isCoalesced?: boolean },
  maxBytes = 1_000_000,
) {
  const clock = new FakeClock(0);
  const answers = createKeptAnswers(maxBytes, { clock, meter: silentMeter });
  const setting = { isDown: false, calls: 0, degraded: undefined as string | undefined };
  const call = async (): Promise<ServiceAnswer> => {
    setting.calls += 1;
    if (setting.isDown) throw new PlatformError(DOWN, 'down');
    const message = create(GetProductResponseSchema, { product: { id: String(setting.calls) } });
    return { message, httpStatus: undefined, degraded: setting.degraded };
  };
  const told: string[] = [];
  const give = (key = 'a'): Promise<GivenAnswer> =>
    answers.give(
      {
        service: 'products',
        key,
        policy: { isCoalesced: policy.freshMs > 0, ...policy, isShared: true },
        cancellation: new Cancellation(),
        onDegraded: ({ policy: by, ageMs }) => told.push(`${by} ${ageMs}`),
      },
      call,
    );
  return { clock, answers, setting, told, give };
}

const idOf = ({ message }: GivenAnswer): unknown => (message as unknown as { product: { id: string } }).product.id;

describe('an answer that may be 1,000 ms old', () => {
  test('is given again without a call, and asked for anew after 1,000 ms', async () => {
    const { clock, setting, give } = setUp({ freshMs: 1_000, staleMs: 0 });
    await give();
    await clock.advance(999);

    expect(await give()).toMatchObject({ ageMs: 999 });
    await clock.advance(1);
    const next = await give();
    expect([idOf(next), next.ageMs, setting.calls]).toEqual(['2', undefined, 2]);
    expect(idOf(await give())).toBe('2');
  });

  test('does not stand in for a service that is away, unless the contract says so', async () => {
    const { clock, setting, give } = setUp({ freshMs: 1_000, staleMs: 0 });
    await give();
    await clock.advance(1_001);
    setting.isDown = true;

    await expect(give()).rejects.toMatchObject({ reason: 'DOWN' });
  });

  test('is one call for 20 callers at the same time, and each key has its own', async () => {
    const { setting, give } = setUp({ freshMs: 1_000, staleMs: 0 });

    const all = await Promise.all(Array.from({ length: 40 }, (_, n) => give(n % 2 === 0 ? 'a' : 'b')));

    expect(setting.calls).toBe(2);
    expect(new Set(all.map(idOf))).toEqual(new Set(['1', '2']));
  });
});

describe('an answer that may stand in for 60,000 ms', () => {
  test('is asked for each time while the service answers, and given with its age while it does not', async () => {
    const { clock, setting, told, give } = setUp({ freshMs: 0, staleMs: 60_000 });
    await give();
    await clock.advance(500);
    expect(idOf(await give())).toBe('2');
    setting.isDown = true;
    await clock.advance(60_000);

    const stale = await give();
    expect([idOf(stale), stale.ageMs, told]).toEqual(['2', 60_000, ['stale_cache 60000']]);
    await clock.advance(1);
    await expect(give()).rejects.toMatchObject({ reason: 'DOWN' });
    setting.isDown = false;
    expect(await give()).toMatchObject({ ageMs: undefined });
  });

  test('is not kept when the service itself called it degraded', async () => {
    const { setting, give, answers } = setUp({ freshMs: 1_000, staleMs: 60_000 });
    setting.degraded = 'fallback;name="no-stock"';
    await give();

    expect(answers.stats()).toMatchObject({ answers: 0, bytes: 0 });
    expect((await give()).degraded).toBe('fallback;name="no-stock"');
    expect(setting.calls).toBe(2);
  });
});

test('an answer that is only coalesced is one call for 20 callers at the same time, and one for the next; a change parts them', async () => {
  const { setting, give, answers } = setUp({ freshMs: 0, staleMs: 0, isCoalesced: true });

  expect(new Set((await Promise.all(Array.from({ length: 20 }, () => give()))).map(idOf))).toEqual(new Set(['1']));
  const before = give();
  answers.changed();
  const after = give();
  expect([idOf(await before), idOf(await after), setting.calls]).toEqual(['2', '3', 3]);
});

test('10,000 keys stay within 100,000 bytes', async () => {
  const { answers, give } = setUp({ freshMs: 1_000, staleMs: 1_000 }, 100_000);

  for (let n = 0; n < 10_000; n++) await give(String(n));

  const { answers: count, bytes } = answers.stats();
  expect(bytes).toBeLessThanOrEqual(100_000);
  expect(bytes).toBeGreaterThan(90_000);
  expect(count).toBeLessThan(1_000);
});
