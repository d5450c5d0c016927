import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { startLoop } from './start-loop.ts';

function counted(outcomes: readonly ('again' | 'fail')[] = []) {
  const clock = new FakeClock();
  const drain = new AbortController();
  const warnings: string[] = [];
  const state = { runs: 0 };
  const loop = startLoop({
    name: 'counting',
    intervalMs: 1_000,
    clock,
    logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
    signal: drain.signal,
    async run() {
      const outcome = outcomes[state.runs];
      state.runs += 1;
      if (outcome === 'fail') throw new Error('no database');
      return outcome;
    },
  });
  return { clock, drain, warnings, state, loop };
}

test('runs at once and then every 1,000 ms, until it is disposed of', async () => {
  const { clock, state, loop } = counted();

  await clock.advance(2_500);
  expect(state.runs).toBe(3);
  await loop[Symbol.asyncDispose]();
  await clock.advance(5_000);

  expect(state.runs).toBe(3);
  expect(clock.pendingCount).toBe(0);
});

test('goes on without a pause while there is more, and with one after a failure that is logged', async () => {
  const { clock, state, warnings, loop } = counted(['again', 'again', 'fail']);

  await clock.advance(999);
  expect(state.runs).toBe(3);
  expect(warnings).toEqual(['counting failed, trying again']);
  await clock.advance(1);

  expect(state.runs).toBe(4);
  await loop[Symbol.asyncDispose]();
});

test('ends when the service drains', async () => {
  const { clock, drain, state, loop } = counted();
  await clock.advance(0);

  drain.abort();
  await loop[Symbol.asyncDispose]();

  expect(state.runs).toBe(1);
});

test('refuses an interval of 0', () => {
  const options = { name: 'x', intervalMs: 0, clock: new FakeClock(), logger: silentLogger };

  expect(() => startLoop({ ...options, signal: new AbortController().signal, run: async () => undefined })).toThrow(
    /intervalMs must be a number of at least 1/,
  );
});
