import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createCircuitBreaker } from './circuit-breaker.ts';
import type { CircuitChange } from './circuit-types.ts';
import type { CallOutcome } from './classify.ts';
import type { CircuitBreakerOptions } from './options.ts';

function setUp(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new FakeClock();
  const changes: CircuitChange[] = [];
  const circuit = createCircuitBreaker({
    name: 'payments',
    clock,
    onChange: (change) => changes.push(change),
    ...options,
  });
  const end = (outcome: CallOutcome, times = 1): void => {
    for (let call = 0; call < times; call++) circuit.acquire().end(outcome);
  };
  const open = (): void => end('failure', 20);
  const halfOpen = async (): Promise<void> => {
    open();
    await clock.advance(60_000);
  };
  return { clock, changes, circuit, end, open, halfOpen };
}

describe('closed', () => {
  test('passes results and errors on unchanged', async () => {
    const { circuit } = setUp();
    const error = new Error('mine');

    expect(await circuit.run(async () => 42)).toBe(42);
    await expect(circuit.run(() => Promise.reject(error))).rejects.toBe(error);
    await expect(
      circuit.run(() => {
        throw error;
      }),
    ).rejects.toBe(error);
  });

  test('19 failures do not open, the 20th does', () => {
    const { circuit, end } = setUp();

    end('failure', 19);
    expect(circuit.state).toBe('closed');
    end('failure');

    expect(circuit.state).toBe('open');
  });

  test('5 failures in a row open once 20 calls are in the window, 4 do not', () => {
    const { circuit, end, changes } = setUp();

    end('success', 30);
    end('failure', 4);
    expect(circuit.state).toBe('closed');
    end('failure');

    expect(circuit.state).toBe('open');
    expect(changes[0]).toMatchObject({ circuit: 'payments', from: 'closed', to: 'open', why: '5 failures in a row' });
  });

  test('half of 20 calls failed opens without any streak', () => {
    const { circuit, end, changes } = setUp();

    for (let pair = 0; pair < 10; pair++) {
      end('failure');
      end('success');
    }

    expect(circuit.state).toBe('open');
    expect(changes[0]?.why).toBe('10 of 20 calls failed within 10000 ms');
  });

  test('neutral ends neither count nor break a streak', () => {
    const { circuit, end } = setUp();

    end('success', 20);
    for (let call = 0; call < 5; call++) {
      end('neutral', 10);
      end('failure');
    }

    expect(circuit.state).toBe('open');
    expect(circuit.snapshot()).toMatchObject({ calls: 25, failures: 5 });
  });

  test('failures older than 10 s do not count', async () => {
    const { circuit, clock, end } = setUp();

    end('failure', 19);
    await clock.advance(10_000);
    end('failure');

    expect(circuit.state).toBe('closed');
    expect(circuit.snapshot()).toMatchObject({ calls: 1, failures: 1, failuresInARow: 20 });
  });
});

describe('open', () => {
  test('refuses without calling, executed no, and tells the time left', async () => {
    const { circuit, clock, open } = setUp();
    open();
    await clock.advance(18_000.5);

    await expect(circuit.run(() => expect.unreachable())).rejects.toMatchObject({
      reason: 'CIRCUIT_OPEN',
      code: 'unavailable',
      executed: 'no',
      retry: 'after',
      retryAfterMs: 42_000,
      metadata: { circuit: 'payments' },
      rawMessage: 'circuit payments is open for another 42000 ms: 20 failures in a row',
    });
  });

  test('lets the first probe through after 60,000 ms, not before', async () => {
    const { circuit, clock, open } = setUp();
    open();

    await clock.advance(59_999);
    expect(() => circuit.acquire()).toThrow(/open for another 1 ms/);
    await clock.advance(1);
    circuit.acquire();

    expect(circuit.state).toBe('half_open');
  });
});

describe('half-open', () => {
  test('admits 10 probes at the same time and refuses the 11th for a second', async () => {
    const { circuit, halfOpen } = setUp();
    await halfOpen();

    for (let probe = 0; probe < 10; probe++) circuit.acquire();

    expect(circuit.snapshot()).toMatchObject({ state: 'half_open', probes: 10 });
    expect(() => circuit.acquire()).toThrow(expect.objectContaining({ reason: 'CIRCUIT_OPEN', retryAfterMs: 1_000 }));
  });

  test('closes with fresh counts after 3 successes', async () => {
    const { circuit, end, halfOpen, changes } = setUp();
    await halfOpen();

    end('success', 2);
    expect(circuit.state).toBe('half_open');
    end('success');

    expect(circuit.snapshot()).toMatchObject({ state: 'closed', calls: 0, failures: 0, failuresInARow: 0 });
    expect(changes.map(({ to }) => to)).toEqual(['open', 'half_open', 'closed']);
  });

  test('one failure opens for another 60,000 ms', async () => {
    const { circuit, clock, end, halfOpen } = setUp();
    await halfOpen();

    end('success', 2);
    end('failure');

    expect(circuit.state).toBe('open');
    await clock.advance(59_999);
    expect(() => circuit.acquire()).toThrow(/a probe failed/);
  });

  test('1,000 probes that end neutral leave it admitting probes', async () => {
    const { circuit, end, halfOpen } = setUp();
    await halfOpen();

    end('neutral', 1_000);

    expect(circuit.snapshot()).toMatchObject({ state: 'half_open', probes: 0 });
    end('success', 3);
    expect(circuit.state).toBe('closed');
  });

  test('10 probes that never end open it again after 60,000 ms instead of refusing for ever', async () => {
    const { circuit, clock, end, halfOpen } = setUp();
    await halfOpen();
    for (let probe = 0; probe < 10; probe++) circuit.acquire();

    await clock.advance(59_999);
    expect(() => circuit.acquire()).toThrow(/its 10 probes are running/);
    await clock.advance(1);
    expect(() => circuit.acquire()).toThrow(/10 probes did not end within 60000 ms/);
    await clock.advance(60_000);
    end('success', 3);

    expect(circuit.state).toBe('closed');
  });
});
