import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCircuitBreaker } from './circuit-breaker.ts';
import type { CircuitPermit, CircuitState } from './circuit-types.ts';
import type { CallOutcome } from './classify.ts';

const settings = {
  windowMs: 1_000,
  minimumCalls: 6,
  failureStreak: 3,
  failureRatio: 0.5,
  openMs: 2_000,
  maxProbes: 3,
  successesToClose: 2,
  probeLimitMs: 5_000,
};

/** The rules once more, as plainly as possible: lists of everything, recounted each time. */
class Model {
  state: CircuitState = 'closed';
  era = 0;
  results: { readonly slice: number; readonly failed: boolean }[] = [];
  streak = 0;
  openedMs = 0;
  probes = 0;
  successes = 0;
  lastProbeMs = 0;

  acquire(nowMs: number): boolean {
    if (this.state === 'open') {
      if (nowMs - this.openedMs < settings.openMs) return false;
      this.enter('half_open', nowMs);
    }
    if (this.state === 'half_open') {
      if (this.probes === settings.maxProbes) {
        if (nowMs - this.lastProbeMs >= settings.probeLimitMs) this.enter('open', nowMs);
        return false;
      }
      this.probes++;
      this.lastProbeMs = nowMs;
    }
    return true;
  }

  end(outcome: CallOutcome, era: number, nowMs: number): void {
    if (era !== this.era) return;
    if (this.state === 'half_open') {
      this.probes--;
      if (outcome === 'failure') this.enter('open', nowMs);
      else if (outcome === 'success' && ++this.successes === settings.successesToClose) this.enter('closed', nowMs);
    } else if (outcome !== 'neutral') {
      const slice = Math.floor((nowMs * 10) / settings.windowMs);
      this.results.push({ slice, failed: outcome === 'failure' });
      this.streak = outcome === 'failure' ? this.streak + 1 : 0;
      const recent = this.results.filter((result) => result.slice > slice - 10);
      const ratio = recent.filter(({ failed }) => failed).length / recent.length;
      const isBad = this.streak >= settings.failureStreak || ratio >= settings.failureRatio;
      if (recent.length >= settings.minimumCalls && isBad) this.enter('open', nowMs);
    }
  }

  enter(state: CircuitState, nowMs: number): void {
    this.state = state;
    this.era++;
    this.probes = 0;
    this.successes = 0;
    if (state === 'open') this.openedMs = nowMs;
    if (state === 'closed') {
      this.results = [];
      this.streak = 0;
    }
  }
}

type Step =
  | { readonly kind: 'call'; readonly outcome: CallOutcome; readonly times: number }
  | { readonly kind: 'begin'; readonly times: number }
  | { readonly kind: 'end'; readonly which: number; readonly outcome: CallOutcome }
  | { readonly kind: 'wait'; readonly ms: number };

const outcome = fc.constantFrom<CallOutcome>('success', 'failure', 'neutral');
const single: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('call' as const), outcome, times: fc.constantFrom(1, 1, 2, 3) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const), times: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(20), outcome }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, 500, 1_999, 2_000, 5_000) }),
  },
);
/** Chance alone seldom opens a circuit, so some histories do it in one go. */
const breakIt: readonly Step[] = [
  { kind: 'call', outcome: 'failure', times: 6 },
  { kind: 'wait', ms: 2_000 },
];
const hangProbes: readonly Step[] = [
  ...breakIt,
  { kind: 'begin', times: 4 },
  { kind: 'wait', ms: 5_000 },
  { kind: 'begin', times: 1 },
];
const streakAmongGood: readonly Step[] = [
  { kind: 'call', outcome: 'success', times: 8 },
  { kind: 'call', outcome: 'failure', times: 3 },
];
const history: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: single.map((step): readonly Step[] => [step]) },
      { weight: 2, arbitrary: fc.constant(breakIt) },
      { weight: 1, arbitrary: fc.constant(hangProbes) },
      { weight: 1, arbitrary: fc.constant(streakAmongGood) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.flat());

test('any history of calls, late ends and pauses: as the plain model, never over 3 probes, never stuck', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const clock = new FakeClock(0);
      const circuit = createCircuitBreaker({ ...settings, name: 'model', clock });
      const model = new Model();
      const running: { readonly permit: CircuitPermit; readonly era: number }[] = [];
      const begin = (): boolean => {
        const admitted = model.acquire(clock.monotonicMs());
        if (!admitted)
          expect(() => circuit.acquire()).toThrow(expect.objectContaining({ reason: 'CIRCUIT_OPEN', executed: 'no' }));
        else running.push({ permit: circuit.acquire(), era: model.era });
        return admitted;
      };
      const end = (index: number, how: CallOutcome): void => {
        const [call] = running.splice(index, 1);
        if (call === undefined) return;
        const isLate = call.era !== model.era;
        const before = circuit.snapshot();
        model.end(how, call.era, clock.monotonicMs());
        call.permit.end(how);
        if (isLate) expect(circuit.snapshot()).toEqual(before);
      };

      for (const one of steps) {
        if (one.kind === 'wait') await clock.advance(one.ms);
        else if (one.kind === 'end') end(running.length === 0 ? 0 : one.which % running.length, one.outcome);
        else {
          for (let time = 0; time < one.times; time++) {
            if (begin() && one.kind === 'call') end(running.length - 1, one.outcome);
          }
        }

        const { state, probes, failuresInARow } = circuit.snapshot();
        expect({ state, probes, failuresInARow }).toEqual({
          state: model.state,
          probes: model.state === 'half_open' ? model.probes : 0,
          failuresInARow: model.streak,
        });
        expect(
          running.filter(({ era }) => model.state === 'half_open' && era === model.era).length,
        ).toBeLessThanOrEqual(3);
      }

      // Whatever happened, and with every permit still out, good calls close it: at worst the probes hang once more.
      for (let round = 0; round < 3 && circuit.state !== 'closed'; round++) {
        await clock.advance(settings.probeLimitMs);
        for (let call = 0; call < settings.successesToClose; call++) if (begin()) end(running.length - 1, 'success');
      }
      expect(circuit.state).toBe('closed');
    }),
    { numRuns: 300 },
  );
});
