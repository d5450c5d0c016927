import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createCircuitBreaker } from './circuit-breaker.ts';
import type { CircuitChange } from './circuit-types.ts';
import type { CallOutcome } from './classify.ts';
import type { CircuitBreakerOptions } from './options.ts';

function setUp(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new FakeClock(0);
  const changes: CircuitChange[] = [];
  const circuit = createCircuitBreaker({
    name: 'payments',
    clock,
    onChange: (change) => changes.push(change),
    random: () => 0,
    ...options,
  });
  const end = (outcome: CallOutcome, times = 1): void => {
    for (let call = 0; call < times; call++) circuit.acquire().end(outcome);
  };
  const slow = async (times: number): Promise<void> => {
    const permits = Array.from({ length: times }, () => circuit.acquire());
    await clock.advance(501);
    for (const permit of permits) permit.end('success');
  };
  return { clock, changes, circuit, end, slow };
}

describe('share of slow calls', () => {
  test('opens at 30 % of 20 calls slower than 500 ms, and slow successes are no failures', async () => {
    const { circuit, changes, end, slow } = setUp({ slowCallMs: 500, slowCallRatio: 0.3, failureStreak: 3 });
    await slow(5);
    end('success', 14);
    expect(circuit.snapshot()).toMatchObject({ state: 'closed', calls: 19, failures: 0, slow: 5 });

    await slow(1);

    expect(circuit.state).toBe('open');
    expect(changes[0]?.why).toBe('6 of 20 calls took longer than 500 ms');
  });

  test('a slow probe opens again: what was slow has not recovered', async () => {
    const { circuit, clock, changes, slow } = setUp({ slowCallMs: 500, slowCallRatio: 0.3 });
    await slow(20);
    await clock.advance(60_000);

    await slow(1);

    expect(circuit.state).toBe('open');
    expect(changes.at(-1)?.why).toBe('a probe failed');
  });
});

describe('adaptive', () => {
  const adaptive = { deviations: 2, memoryWindows: 10, minimumRatio: 0.05 };

  test('opens above 5 % of failures where none are usual, long before half have failed', async () => {
    const { circuit, clock, changes, end } = setUp({ adaptive, failureStreak: 100 });
    for (let window = 0; window < 8; window++) {
      end('success', 50);
      await clock.advance(10_000);
    }

    end('success', 45);
    end('failure', 2);
    expect(circuit.state).toBe('closed');
    end('failure');

    expect(circuit.state).toBe('open');
    expect(changes[0]?.why).toMatch(/^3 of 48 calls failed, usual are at most 5\.0 %$/);
  });

  test('stays closed at a tenth where a tenth is usual', async () => {
    const { circuit, clock, end } = setUp({ adaptive, failureStreak: 100 });
    for (let window = 0; window < 20; window++) {
      end('success', 45);
      end('failure', window < 8 ? 5 : 4);
      await clock.advance(10_000);
    }

    expect(circuit.state).toBe('closed');
  });
});

describe('maxOpenMs', () => {
  test('each opening after a failed probe lasts twice as long with jitter, up to 8,000 ms; a recovery starts anew', async () => {
    const { circuit, clock, end } = setUp({ openMs: 1_000, maxOpenMs: 8_000 });
    const opensForMs: number[] = [];
    end('failure', 20);
    for (let round = 0; round < 6; round++) {
      const { opensForMs: leftMs } = circuit.snapshot();
      opensForMs.push(leftMs);
      await clock.advance(leftMs);
      end('failure');
    }
    await clock.advance(8_000);
    end('success', 3);
    end('failure', 20);

    // With random 0 the grown part is half of what it is at most: 1,000 + (2,000 - 1,000) / 2.
    expect(opensForMs).toEqual([1_000, 1_500, 2_500, 4_500, 4_500, 4_500]);
    expect(circuit.snapshot()).toMatchObject({ state: 'open', opensForMs: 1_000 });
  });
});

test.each([
  { maxOpenMs: 10 },
  { slowCallRatio: 0.5 },
  { slowCallMs: 100, slowCallRatio: 1.5 },
  { adaptive: { deviations: 0 } },
  { adaptive: { memoryWindows: 0.5 } },
  { adaptive: { minimumRatio: 0 } },
])('refuses %j', (options) => {
  expect(() => setUp(options)).toThrow(/circuit payments [\w.]+ must be .*, got/);
});
