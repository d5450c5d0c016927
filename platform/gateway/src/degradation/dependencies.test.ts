import { describe, expect, it } from 'vitest';
import type { Route } from '../routes/compile-routes.ts';
import { createDependencies, type WhenAway } from './dependencies.ts';

function check(whenAway: WhenAway, away: readonly string[], idempotency = 'keyed'): string {
  const route = {
    serviceName: 'orders',
    policy: { needs: ['products'], awaits: ['payments'], idempotency },
  } as unknown as Route;
  const dependencies = createDependencies({ whenAway, retryAfterMs: 7_000 }, (name) => away.includes(name));
  try {
    return dependencies.check(route) ? 'queued' : 'goes on';
  } catch (error) {
    const { reason, executed, retryAfterMs, rawMessage } = error as Record<string, unknown>;
    return `${String(reason)} ${String(executed)} ${String(retryAfterMs)} ${String(rawMessage).includes('payments') ? 'payments' : 'products'}`;
  }
}

describe('a call that needs products and awaits payments', () => {
  it.each<[WhenAway, readonly string[], string, string]>([
    ['refuse', [], 'keyed', 'goes on'],
    ['refuse', ['users'], 'keyed', 'goes on'],
    ['refuse', ['products'], 'keyed', 'DEPENDENCY_AWAY no 7000 products'],
    ['refuse', ['payments'], 'keyed', 'DEPENDENCY_AWAY no 7000 payments'],
    ['queue', ['payments'], 'keyed', 'queued'],
    ['queue', ['payments'], 'none', 'DEPENDENCY_AWAY no 7000 payments'],
    ['queue', ['products'], 'keyed', 'DEPENDENCY_AWAY no 7000 products'],
    ['queue', ['products', 'payments'], 'keyed', 'DEPENDENCY_AWAY no 7000 products'],
  ])('set to %s, with %j away, %s: %s', (whenAway, away, idempotency, expected) => {
    expect(check(whenAway, away, idempotency)).toBe(expected);
  });
});
