import { expect, test } from 'vitest';
import { decideState, isRoutable, type ReportedState, type Silence } from './instance-state.ts';

const table: Record<ReportedState, Record<Silence, string>> = {
  healthy: { beating: 'healthy', suspect: 'suspect', lost: 'draining', probing: 'draining' },
  degraded: { beating: 'degraded', suspect: 'suspect', lost: 'draining', probing: 'draining' },
  draining: { beating: 'draining', suspect: 'draining', lost: 'draining', probing: 'draining' },
  unhealthy: { beating: 'unhealthy', suspect: 'unhealthy', lost: 'draining', probing: 'draining' },
};

test.each(Object.entries(table))('a report of %s and each silence give the state of the table', (reported, row) => {
  for (const [silence, expected] of Object.entries(row)) {
    expect(decideState(reported as ReportedState, silence as Silence)).toBe(expected);
  }
});

test('healthy, degraded and suspect are routable, draining and unhealthy are not', () => {
  expect((['healthy', 'degraded', 'suspect', 'draining', 'unhealthy'] as const).map(isRoutable)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
