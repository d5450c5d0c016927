import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from './change.ts';
import { stateOf } from './entry.ts';
import { decideState, isRoutable, type ReportedState } from './instance-state.ts';
import { InstanceTable } from './instance-table.ts';

const timings = { heartbeatIntervalMs: 10, suspectAfterMissedCount: 2, drainAfterMissedCount: 3, removeGraceMs: 25 };

const key = { service: fc.constantFrom('orders', 'users'), id: fc.constantFrom('a', 'b') };
const reported = fc.constantFrom<ReportedState>('healthy', 'degraded', 'draining', 'unhealthy');
const step = fc.oneof(
  fc.record({ do: fc.constant('register' as const), ...key, reported }),
  fc.record({ do: fc.constant('heartbeat' as const), ...key, reported }),
  fc.record({ do: fc.constant('deregister' as const), ...key }),
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 4, 5, 9, 10, 24, 25) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('probed' as const), alive: fc.boolean() }) },
);

/** What one instance should be, by age alone: the table must agree although it moves step by step. */
interface ModelEntry {
  reported: ReportedState;
  beatMs: number;
  /** Set when a probe answered: from then on it is suspect for one interval, then lost. */
  probedMs?: number;
  probing: boolean;
}

function expectedState(entry: ModelEntry, nowMs: number): string {
  if (entry.probing) return 'draining';
  if (entry.probedMs !== undefined) {
    return decideState(entry.reported, nowMs - entry.probedMs >= 10 ? 'lost' : 'suspect');
  }
  const silentMs = nowMs - entry.beatMs;
  return decideState(entry.reported, silentMs >= 30 ? 'lost' : silentMs >= 20 ? 'suspect' : 'beating');
}

function isProbeDue(entry: ModelEntry, nowMs: number): boolean {
  if (entry.probing) return false;
  return entry.probedMs === undefined ? nowMs - entry.beatMs >= 55 : nowMs - entry.probedMs >= 35;
}

test('after any sequence of calls and silence, table, counts and look-ups agree with a model of ages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const clock = new FakeClock();
      const changes: Change[] = [];
      const table = new InstanceTable({ clock, timings, maxInstanceCount: 100, onChange: (c) => changes.push(c) });
      const model = new Map<string, ModelEntry>();
      let probing: ReturnType<InstanceTable['sweep']>[number][] = [];

      for (const action of steps) {
        const nowMs = clock.monotonicMs();
        if (action.do === 'wait') {
          await clock.advance(action.ms);
        } else if (action.do === 'probed') {
          for (const entry of probing) {
            table.probed(entry, action.alive);
            const name = `${entry.service}/${entry.id}`;
            const known = model.get(name);
            if (known?.probing !== true) continue;
            if (action.alive) model.set(name, { ...known, probing: false, probedMs: nowMs });
            else model.delete(name);
          }
          probing = [];
        } else {
          const name = `${action.service}/${action.id}`;
          const known = model.get(name);
          if (action.do === 'register') {
            const rest = { address: 'h:1', managementUrl: '', metadata: {}, load: 0 };
            expect(table.register({ ...action, ...rest }).created).toBe(known === undefined);
            model.set(name, { reported: action.reported, beatMs: nowMs, probing: false });
          } else if (action.do === 'deregister') {
            expect(table.deregister(action.service, action.id)).toBe(model.delete(name));
          } else if (known === undefined) {
            expect(() => table.heartbeat(action, { reported: action.reported, load: 0 })).toThrow(
              'does not know instance',
            );
          } else {
            table.heartbeat(action, { reported: action.reported, load: 0 });
            model.set(name, { reported: action.reported, beatMs: nowMs, probing: false });
          }
        }

        probing.push(...table.sweep());
        for (const entry of model.values()) if (isProbeDue(entry, clock.monotonicMs())) entry.probing = true;
        const actual = table.list().map((entry) => [`${entry.service}/${entry.id}`, stateOf(entry)]);
        const expected = [...model]
          .map(([name, entry]) => [name, expectedState(entry, clock.monotonicMs())] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1));
        expect(actual).toEqual(expected);
        const probed = table.list().filter((entry) => entry.silence === 'probing');
        expect(probed).toHaveLength([...model.values()].filter((entry) => entry.probing).length);
        expect(table.size).toBe(model.size);
        expect(table.services()).toEqual([...new Set(expected.map(([name]) => name.split('/')[0]))]);
        const routable = table.lookup('orders').map((entry) => `orders/${entry.id}`);
        const wanted = expected.filter(([name, s]) => name.startsWith('orders/') && isRoutable(s as never));
        expect(routable.sort()).toEqual(wanted.map(([name]) => name));
      }

      const came = changes.filter((change) => change.event === 'registered').length;
      const went = changes.filter((change) => change.event === 'deregistered' || change.event === 'removed').length;
      expect(came - went).toBe(table.size);
    }),
    { numRuns: 300 },
  );
});
