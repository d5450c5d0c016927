import { create } from '@bufbuild/protobuf';
import { InstanceSchema, InstanceState } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { expect, test } from 'vitest';
import { endpointOf, staticEndpoint } from './endpoint.ts';

function instance(state: InstanceState, metadata: Record<string, string> = {}) {
  return create(InstanceSchema, { id: 'i1', service: 'orders', address: 'host:1', state, metadata });
}

test('only healthy, degraded and suspect instances are endpoints', () => {
  const states = Object.values(InstanceState).map((state) => endpointOf(instance(state as InstanceState))?.state);

  expect(states.filter((state) => state !== undefined)).toEqual(['healthy', 'degraded', 'suspect']);
  expect(endpointOf(instance(99 as InstanceState))).toBeUndefined();
});

test.for([
  ['2.5', 2.5],
  ['0', 1],
  ['-3', 1],
  ['many', 1],
  ['1e9', 1],
  ['', 1],
] as const)('weight %j counts as %d', ([text, weight]) => {
  expect(endpointOf(instance(InstanceState.HEALTHY, { weight: text }))?.weight).toBe(weight);
});

test('a static endpoint is healthy and named after its address', () => {
  expect(staticEndpoint('host:1')).toMatchObject({
    id: 'static:host:1',
    address: 'host:1',
    state: 'healthy',
    weight: 1,
  });
});
