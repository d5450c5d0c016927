import {
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  type MessageInitShape,
  setExtension,
} from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Type,
  type FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { Health } from '@mainstay/contracts/grpc/health/v1/health';
import { Sensitivity, sensitivity } from '@mainstay/contracts/mainstay/options/v1/options';
import { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { CreateOrderRequestSchema, OrderSchema, OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { CreateUserRequestSchema, UsersService } from '@mainstay/contracts/users/v1/users';
import { expect, test } from 'vitest';
import { fieldSensitivity, holdsSecrets } from './field-sensitivity.ts';
import { ownerField } from './message-owner.ts';
import { methodPolicy } from './method-policy.ts';
import { serviceNameOf } from './service-name.ts';

type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;
const { MESSAGE, STRING } = FieldDescriptorProto_Type;

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

test('a secret is found also in messages that contain each other, whichever is asked about first', () => {
  const field = (name: string, typeName: string): FieldInit => ({ name, number: 1, type: MESSAGE, typeName, label: 1 });
  const options = create(FieldOptionsSchema);
  setExtension(options, sensitivity, Sensitivity.HIGH);
  const file = create(FileDescriptorProtoSchema, {
    name: 'test/circle.proto',
    package: 'test',
    syntax: 'proto3',
    messageType: [
      {
        name: 'Outer',
        field: [field('inner', '.test.Inner'), { name: 'secret', number: 2, type: STRING, label: 1, options }],
      },
      { name: 'Inner', field: [field('outer', '.test.Outer')] },
    ],
  });
  const registry = createFileRegistry(file, () => undefined);

  expect(holdsSecrets(registry.getMessage('test.Outer') as DescMessage)).toBe(true);
  expect(holdsSecrets(registry.getMessage('test.Inner') as DescMessage)).toBe(true);
});
