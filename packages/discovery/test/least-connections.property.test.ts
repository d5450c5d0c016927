import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallOutcome, EndpointStats } from '../src/index.ts';
import { endpointsNamed, numbered, Rig } from './upstream-rig.ts';

type Step =
  | { readonly do: 'begin' }
  | { readonly do: 'end'; readonly which: number; readonly outcome: CallOutcome }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'list'; readonly without: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Step>({ do: 'begin' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(),
      outcome: fc.constantFrom<CallOutcome>('success', 'failure', 'canceled'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), without: fc.nat(8) }) },
);

const loadOf = ({ inFlight, warmth }: EndpointStats): number => Math.ceil((inFlight + 1) / warmth);

test('least connections: over any history the pick has the fewest calls for its warmth of all that are used', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 300 }), async (size, steps) => {
      const all = endpointsNamed(numbered(size));
      const rig = new Rig({ policy: 'least_connections', outlier: { consecutiveErrors: 3 } }, [...all]);
      const running: ((outcome: CallOutcome) => void)[] = [];
      rig.pick();
      for (const next of steps) {
        if (next.do === 'wait') await rig.clock.advance(next.ms);
        else if (next.do === 'list') rig.list = all.filter((_, i) => i !== next.without);
        else if (next.do === 'end') running.splice(next.which % Math.max(1, running.length), 1)[0]?.(next.outcome);
        else {
          // The first pick of a new list takes it over, so that the numbers below are those of the second.
          rig.pick();
          const used = rig.upstream.stats().byEndpoint.filter(({ use }) => use === 'used');
          const picked = rig.upstream.pick(rig.list);
          expect(picked === undefined).toBe(used.length === 0);
          if (picked === undefined) continue;
          const own = used.find(({ id }) => id === picked.id) as EndpointStats;
          expect(loadOf(own)).toBe(Math.min(...used.map(loadOf)));
          running.push(rig.upstream.begin(picked));
        }
      }
    }),
  );
});

test('least connections: equals take turns, also across a change of the list', () => {
  const rig = new Rig({ policy: 'least_connections', slowStart: { windowMs: 0 } }, endpointsNamed(numbered(5)));

  expect(rig.counts(20)).toEqual({ e0: 4, e1: 4, e2: 4, e3: 4, e4: 4 });
  expect([rig.pick(), rig.pick()]).toEqual(['e0', 'e1']);
  rig.list = rig.list.filter(({ id }) => id !== 'e3');
  expect([rig.pick(), rig.pick(), rig.pick()]).toEqual(['e2', 'e4', 'e0']);
});

test('least connections: beside two with 20 calls each, one that came back holds 2 at a tenth of its warmth and 10 at a half', async () => {
  const all = endpointsNamed(numbered(3));
  const rig = new Rig({ policy: 'least_connections' }, [...all]);
  const beginNext = (): string => {
    const picked = rig.upstream.pick(rig.list);
    if (picked !== undefined) rig.upstream.begin(picked);
    return picked?.id ?? 'none';
  };
  rig.pick();
  rig.list = all.slice(1);
  for (let i = 0; i < 40; i++) beginNext();

  rig.list = [...all];
  expect(Array.from({ length: 5 }, beginNext)).toEqual(['e0', 'e0', 'e1', 'e2', 'e1']);
  await rig.clock.advance(5_000);
  expect(rig.counts(8, beginNext)).toEqual({ e0: 8 });
  expect(rig.counts(6, beginNext).e0 ?? 0).toBeLessThan(4);
});
