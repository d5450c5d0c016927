import { expect, test } from 'vitest';
import { type EndpointSlice, endpointsOfSlices, type SliceEndpoint } from './endpoint-slice.ts';

function slice(name: string, ...endpoints: SliceEndpoint[]): EndpointSlice {
  return {
    metadata: { name },
    ports: [
      { name: 'http', port: 80 },
      { name: 'grpc', port: 90 },
    ],
    endpoints,
  };
}

test.for([
  [undefined, 'healthy'],
  [{}, 'healthy'],
  [{ ready: true, serving: true, terminating: false }, 'healthy'],
  [{ ready: null }, 'healthy'],
  [{ ready: false, serving: true, terminating: true }, 'degraded'],
  [{ ready: false, serving: true, terminating: false }, undefined],
  [{ ready: false, serving: false, terminating: true }, undefined],
  [{ ready: false }, undefined],
] as const)('conditions %j make it %s', ([conditions, state]) => {
  const [endpoint] = endpointsOfSlices(
    [slice('a', { addresses: ['10.0.0.1'], ...(conditions && { conditions }) })],
    'grpc',
  );

  expect(endpoint?.state).toBe(state);
});

test('a pod that stands in two slices counts once, as ready when one says so', () => {
  const pod = { addresses: ['10.0.0.1'], targetRef: { uid: 'u1', name: 'orders-1' } };
  const leaving = { ...pod, conditions: { ready: false, serving: true, terminating: true } };

  for (const order of [
    [slice('a', pod), slice('b', leaving)],
    [slice('a', leaving), slice('b', pod)],
  ]) {
    expect(endpointsOfSlices(order, 'grpc')).toMatchObject([
      { id: 'u1:90', state: 'healthy', metadata: { pod: 'orders-1' } },
    ]);
  }
});

test('the named port counts, else the first; a slice without it gives nothing', () => {
  const one = slice('a', { addresses: ['fd00::1'] });

  expect(endpointsOfSlices([one], undefined)[0]?.address).toBe('[fd00::1]:80');
  expect(endpointsOfSlices([one], 'grpc')[0]?.address).toBe('[fd00::1]:90');
  expect(endpointsOfSlices([one, { metadata: { name: 'b' }, endpoints: null, ports: null }], 'admin')).toEqual([]);
});
