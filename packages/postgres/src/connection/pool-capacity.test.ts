import { expect, test } from 'vitest';
import { createCapacity } from './pool-capacity.ts';

test('10 connections carry 10 workers with one each, and not an 11th', () => {
  const reserve = createCapacity(10);
  reserve({ name: 'a', workers: 6 });
  reserve({ name: 'b', workers: 4 });
  expect(() => reserve({ name: 'c', workers: 1 })).toThrow('needs 11 connections and has 10');
});

test('5 workers that may hold 3 each need 11 connections: one more than all of them hold while they wait', () => {
  expect(() => createCapacity(10)({ name: 'nested', workers: 5, connectionsEach: 3 })).toThrow('needs 11 connections');
  createCapacity(11)({ name: 'nested', workers: 5, connectionsEach: 3 });
});

test('a refused reservation takes nothing', () => {
  const reserve = createCapacity(2);
  expect(() => reserve({ name: 'a', workers: 3 })).toThrow('needs 3 connections and has 2');
  reserve({ name: 'b', workers: 2 });
});

test.each([{ workers: 0 }, { workers: 1.5 }, { workers: 1, connectionsEach: 0 }])('%j is refused', (use) => {
  expect(() => createCapacity(10)({ name: 'x', ...use })).toThrow('an integer of at least 1');
});
