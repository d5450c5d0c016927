import { expect, it } from 'vitest';
import { createSpokesman, type ReadyMessage } from './spokesman.ts';

function worker(instanceId: string): ReadyMessage {
  return {
    type: 'mainstay.ready',
    instanceId,
    services: ['gateway'],
    grpcAddress: undefined,
    managementUrl: `http://${instanceId}`,
    address: undefined,
  };
}

it('the parent is told of the worker that got ready last, and of the one before when it ends', () => {
  const told: string[] = [];
  const spokesman = createSpokesman(({ instanceId }) => told.push(instanceId));
  const [a, b, c] = [worker('a'), worker('b'), worker('c')] as const;

  spokesman.onReady(a);
  spokesman.onReady(b);
  spokesman.onEnd(a);
  expect(told).toEqual(['a', 'b']);
  spokesman.onReady(c);
  spokesman.onEnd(c);
  expect(told).toEqual(['a', 'b', 'c', 'b']);
  spokesman.onEnd(b);
  expect(told).toHaveLength(4);
});
