import { expect, test } from 'vitest';
import { nearestName } from './nearest.ts';

const known = ['saga.step_timeout_ms', 'saga.mode', 'database.url', 'database.max_connections'];

test.each([
  ['saga.step_timout_ms', 'saga.step_timeout_ms'],
  ['saga.step_timeout', 'saga.step_timeout_ms'],
  ['saga.mode_name', 'saga.mode'],
  ['saga.mdoe', 'saga.mode'],
  ['database.uri', 'database.url'],
  ['database.max_conections', 'database.max_connections'],
  ['something.else', undefined],
  ['x', undefined],
])('%s means %s', (name, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});
