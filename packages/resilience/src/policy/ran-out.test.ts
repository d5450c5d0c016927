import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createCircuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { createConcurrencyLimiter } from '../concurrency/concurrency-limiter.ts';
import type { CallFacts, Policy } from './policy-types.ts';

const tooLate = new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'x');
const broken = new PlatformError(kernelReasons.INTERNAL, 'x');

/** Fails that often, 100 ms each. */
async function fail(
  policy: Policy,
  { clock, error, ...facts }: CallFacts & { clock: FakeClock; error: PlatformError },
) {
  for (let i = 0; i < 40; i++) {
    const failing = policy.execute(() => Promise.reject(error), facts).catch(() => undefined);
    await clock.advance(100);
    await failing;
  }
}

test.each([
  ['is kept closed by calls whose caller left them little', { isHurried: true }, tooLate, 'closed'],
  ['is opened by calls that had their time', {}, tooLate, 'open'],
  ['is opened by calls that fail otherwise, however little they were left', { isHurried: true }, broken, 'open'],
] as const)('a circuit %s', async (_, facts, error, state) => {
  const clock = new FakeClock();
  const circuit = createCircuitBreaker({ name: 'payments', clock });
  await fail(circuit, { clock, error, ...facts });

  expect(circuit.snapshot().state).toBe(state);
});

test.each([
  ['keeps', { isHurried: true }, 20],
  ['shrinks', {}, 14],
] as const)('a concurrency limit of 20 %s: 40 calls ran out of time, given %j', async (_, facts, limit) => {
  const clock = new FakeClock();
  const limiter = createConcurrencyLimiter({ name: 'payments', clock });
  await fail(limiter, { clock, error: tooLate, ...facts });

  expect(limiter.snapshot().limit).toBe(limit);
});
