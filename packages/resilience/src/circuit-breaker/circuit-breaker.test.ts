import { kernelReasons, PlatformError } from '@mainstay/kernel';
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

describe('late ends', () => {
  test('of calls begun while closed change nothing once it is half-open', async () => {
    const { circuit, halfOpen } = setUp();
    const old = [circuit.acquire(), circuit.acquire(), circuit.acquire(), circuit.acquire()];
    await halfOpen();
    circuit.acquire();
    const before = circuit.snapshot();

    for (const permit of old.slice(1)) permit.end('success');
    old[0]?.end('failure');

    expect(circuit.snapshot()).toEqual(before);
  });

  test('of probes of an earlier half-open time change nothing in a later one', async () => {
    const { circuit, clock, end, halfOpen } = setUp();
    await halfOpen();
    const old = [circuit.acquire(), circuit.acquire(), circuit.acquire()];
    end('failure');
    await clock.advance(60_000);
    circuit.acquire();

    for (const permit of old) permit.end('success');

    expect(circuit.snapshot()).toMatchObject({ state: 'half_open', probes: 1, probeSuccesses: 0 });
  });

  test('a permit ends once', () => {
    const { circuit } = setUp();
    const permit = circuit.acquire();

    permit.end('success');
    permit.end('failure');
    permit.endWithError(new Error('x'));

    expect(circuit.snapshot()).toMatchObject({ calls: 1, failures: 0 });
  });
});

describe('slow calls', () => {
  test('a success slower than slowCallMs counts as a failure, one as slow does not', async () => {
    const { circuit, clock } = setUp({ slowCallMs: 500 });
    const [inTime, slow] = [circuit.acquire(), circuit.acquire()];

    await clock.advance(500);
    inTime.end('success');
    await clock.advance(1);
    slow.end('success');

    expect(circuit.snapshot()).toMatchObject({ calls: 2, failures: 1 });
  });

  test('by default an hour is not slow', async () => {
    const { circuit, clock } = setUp();
    const permit = circuit.acquire();

    await clock.advance(3_600_000);
    permit.end('success');

    expect(circuit.snapshot().failures).toBe(0);
  });
});

describe('held by an operator', () => {
  test('open refuses until it is released, however long', async () => {
    const { circuit, clock } = setUp();

    circuit.force('open');
    await clock.advance(600_000);
    expect(() => circuit.acquire()).toThrow(/held open by an operator/);
    expect(circuit.snapshot()).toMatchObject({ state: 'open', forced: 'open', opensForMs: 0 });
    circuit.force(undefined);

    expect(await circuit.run(async () => 1)).toBe(1);
  });

  test('closed passes everything and goes on counting', () => {
    const { circuit, end } = setUp();

    circuit.force('closed');
    end('failure', 100);

    expect(circuit.snapshot()).toMatchObject({ state: 'closed', forced: 'closed', failures: 100 });
    circuit.force(undefined);
    expect(circuit.snapshot()).toMatchObject({ state: 'closed', forced: undefined, failures: 0 });
  });

  test('a call that was running when it was forced open changes nothing', () => {
    const { circuit } = setUp({ minimumCalls: 1, failureStreak: 1 });
    const permit = circuit.acquire();

    circuit.force('open');
    circuit.force(undefined);
    permit.end('failure');

    expect(circuit.state).toBe('closed');
  });
});

describe('strangers', () => {
  test('a judge that throws counts as a failure, and the caller sees its own error', async () => {
    const { circuit } = setUp({
      classify: () => {
        throw new Error('judge');
      },
    });

    await expect(circuit.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(circuit.snapshot().failures).toBe(1);
  });

  test('a listener that throws changes neither state nor result', () => {
    const { circuit, end } = setUp({
      onChange: () => {
        throw new Error('listener');
      },
    });

    end('failure', 20);

    expect(circuit.state).toBe('open');
  });

  test('by default a not_found is a success and an abort is neutral', async () => {
    const { circuit } = setUp();
    const refuse = (error: unknown) => circuit.run(() => Promise.reject(error)).catch(() => undefined);

    await refuse(new PlatformError(kernelReasons.REQUEST_INVALID, 'x'));
    await refuse(new DOMException('x', 'AbortError'));

    expect(circuit.snapshot()).toMatchObject({ calls: 1, failures: 0 });
  });
});
