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
