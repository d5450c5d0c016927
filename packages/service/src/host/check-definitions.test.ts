import { defineConfig } from '@mainstay/config';
import { expect, test } from 'vitest';
import { defineService, type ServiceDefinition } from '../definition/definition.ts';
import { checkDefinitions } from './check-definitions.ts';

const service = (name: string, more: Partial<ServiceDefinition> = {}): ServiceDefinition =>
  defineService({ name, version: '1', config: defineConfig({ name, keys: {} }), start: async () => ({}), ...more });

test('finds the one fixed port asked for', () => {
  expect(checkDefinitions([service('a'), service('b', { grpcPort: 'registryGrpc' })])).toBe('registryGrpc');
  expect(checkDefinitions([service('a')])).toBeUndefined();
});

test('refuses none, two of one name and two fixed ports', () => {
  const fixed = { grpcPort: 'registryGrpc' } as const;

  expect(() => checkDefinitions([])).toThrow(expect.objectContaining({ reason: 'OPTION_INVALID' }));
  expect(() => checkDefinitions([service('a'), service('a')])).toThrow(
    '[invalid_argument] the service a is listed twice',
  );
  expect(() => checkDefinitions([service('a', fixed), service('b', fixed)])).toThrow(
    expect.objectContaining({ reason: 'SERVICE_DUPLICATE' }),
  );
});

test.each([
  ['Orders', 'Orders', '1'],
  ['orders', 'users', '1'],
  ['orders', 'orders', ''],
])('a definition named %s with section %s and version %j is refused', (name, section, version) => {
  const config = { name: section, keys: {} };
  expect(() => defineService({ name, version, config, start: async () => ({}) })).toThrow(
    expect.objectContaining({ reason: 'OPTION_INVALID' }),
  );
});
