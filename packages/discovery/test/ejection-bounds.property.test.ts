import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endpointsNamed, numbered, Rig } from './upstream-rig.ts';

type Step =
  | { readonly kind: 'calls'; readonly bad: number; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'list'; readonly from: number; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('calls' as const), bad: fc.nat(0xfff), times: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
  fc.record({ kind: fc.constant('list' as const), from: fc.nat(6), count: fc.integer({ min: 1, max: 6 }) }),
);

test('whatever fails, waits, comes and goes: never more than the allowed share is out, a pick always finds one that is in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 100 }), async (steps, percent) => {
      const all = endpointsNamed(numbered(12));
      const rig = new Rig({ policy: 'round_robin', outlier: { maxEjectionPercent: percent } }, all.slice(0, 6));
      for (const next of steps) {
        if (next.kind === 'calls') {
          for (let i = 0; i < next.times; i++) {
            rig.call((id) => ((next.bad >> Number(id.slice(1))) & 1 ? 'failure' : 'success'));
          }
        } else if (next.kind === 'wait') await rig.clock.advance(next.ms);
        else rig.list = all.slice(next.from, next.from + next.count);

        const picked = rig.pick();
        const stats = rig.upstream.stats();
        const out = rig.ejected();
        expect(out.length).toBeLessThanOrEqual(Math.floor((rig.list.length * percent) / 100));
        expect(stats.ejected).toBe(out.length);
        expect(rig.list.map(({ id }) => id)).toContain(picked);
        if (!stats.isPanic && out.length < rig.list.length) expect(out).not.toContain(picked);
        expect(stats.inFlight).toBe(0);
      }
    }),
    { numRuns: 150 },
  );
});
