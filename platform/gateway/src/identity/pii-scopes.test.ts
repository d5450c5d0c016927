import { expect, it } from 'vitest';
import { scopeCeiling } from './pii-scopes.ts';

const [routes, medium, high] = [['orders.read'], ['pii.medium.read'], ['orders.read', 'pii.high.read']];

it.each([
  [[], [], 'medium'],
  [[], routes, 'low'],
  [[], medium, 'medium'],
  [[], high, 'high'],
  [routes, routes, 'low'],
  [routes, medium, 'low'],
  [routes, high, 'low'],
  [medium, medium, 'medium'],
  [medium, high, 'medium'],
  [high, high, 'high'],
])('scopes %j beside %j let %s through, whichever is the key and which the token', (one, other, ceiling) => {
  expect([scopeCeiling(one, other), scopeCeiling(other, one)]).toEqual([ceiling, ceiling]);
});
