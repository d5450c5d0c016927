import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { Health } from '@mainstay/contracts/grpc/health/v1/health';
import { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { CreateOrderRequestSchema, OrderSchema, OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { CreateUserRequestSchema, UsersService } from '@mainstay/contracts/users/v1/users';
import { expect, test } from 'vitest';
import { fieldSensitivity, holdsSecrets } from './field-sensitivity.ts';
import { ownerField } from './message-owner.ts';
import { methodPolicy } from './method-policy.ts';
import { serviceNameOf } from './service-name.ts';

function fieldOf(message: DescMessage, name: string): DescField {
  return message.fields.find((field) => field.name === name) as DescField;
}

test('a service is named after its package, without mainstay', () => {
  expect([OrdersService, UsersService, RegistryService].map(serviceNameOf)).toEqual(['orders', 'users', 'registry']);
});

test('a policy is read once, with the defaults filled in', () => {
  const policy = methodPolicy(OrdersService.method.createOrder);

  expect(policy).toMatchObject({ access: 'authenticated', idempotency: 'keyed', retry: 'when_safe', roles: [] });
  expect(methodPolicy(OrdersService.method.createOrder)).toBe(policy);
  expect(methodPolicy(RegistryService.method.heartbeat)).toMatchObject({
    access: 'internal',
    idempotency: 'safe',
    timeoutMs: 3_000,
    successStatus: 200,
    location: '',
  });
});

test('callers are those named, with the star for any service, and none where the contract names none', () => {
  expect(methodPolicy(OrdersService.method.createOrder).callers).toEqual(new Set(['gateway']));
  expect(methodPolicy(RegistryService.method.heartbeat).callers).toEqual(new Set(['*']));
  expect(methodPolicy(Health.method.check).callers).toBeUndefined();
});

test('a stream without a limit has none, a standard health check is open to all', () => {
  expect(methodPolicy(RegistryService.method.watch).timeoutMs).toBeUndefined();
  expect(methodPolicy(Health.method.check)).toMatchObject({ access: 'public', idempotency: 'safe', timeoutMs: 5_000 });
});

test('sensitivity is read per field, and found at any depth', () => {
  expect(fieldSensitivity(fieldOf(CreateUserRequestSchema, 'password'))).toBe('high');
  expect(fieldSensitivity(fieldOf(CreateUserRequestSchema, 'email'))).toBe('medium');
  expect(fieldSensitivity(fieldOf(CreateOrderRequestSchema, 'items'))).toBe('public');
  expect(holdsSecrets(CreateOrderRequestSchema)).toBe(true);
  expect(holdsSecrets(fieldOf(OrderSchema, 'items').message as DescMessage)).toBe(false);
});

test('the owner of a message is the field that its contract names', () => {
  expect(ownerField(OrderSchema)?.name).toBe('user_id');
  expect(ownerField(CreateOrderRequestSchema)).toBeUndefined();
});

test('a method gives out what its answer is for', () => {
  expect(methodPolicy(UsersService.method.createSession).discloses).toBe('high');
  expect(methodPolicy(UsersService.method.getUser).discloses).toBe('public');
});
