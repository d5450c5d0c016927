import { create, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { expect, test } from 'vitest';
import { owner, Sensitivity, sensitivity } from '../gen/mainstay/options/v1/options_pb.ts';
import { messagesOf, ownFiles } from './own-contracts.ts';

const files = await ownFiles();
const messages = files.flatMap(messagesOf);

test('there are contracts to check: at least 8 files and 60 messages', () => {
  expect(files.length).toBeGreaterThanOrEqual(8);
  expect(messages.length).toBeGreaterThanOrEqual(60);
});

test('passwords, tokens and secrets are of the highest sensitivity', () => {
  const secrets = messages
    .flatMap((message) => message.fields)
    .filter(({ name }) => /(^|_)(password|token|secret)$/.test(name) && !/(^|_)page_token$/.test(name));

  expect(secrets.length).toBeGreaterThanOrEqual(8);
  for (const field of secrets) {
    expect(getOption(field, sensitivity), `${field.parent.typeName}.${field.name}`).toBe(Sensitivity.HIGH);
  }
});

test('names and addresses of people are at least of medium sensitivity', () => {
  const personal = /^(email|first_name|last_name|street|zip_code)$/;
  const fields = messages.flatMap((message) => message.fields).filter(({ name }) => personal.test(name));

  expect(fields.length).toBeGreaterThanOrEqual(5);
  for (const field of fields) {
    const level = getOption(field, sensitivity);
    expect(level, `${field.parent.typeName}.${field.name}`).toBeGreaterThanOrEqual(Sensitivity.MEDIUM);
  }
});

test('an owner is a field with an id as text', () => {
  const owned = messages.filter((message) => hasOption(message, owner));

  expect(owned.map(({ typeName }) => typeName)).toEqual(expect.arrayContaining(['users.v1.User', 'orders.v1.Order']));
  for (const message of owned) {
    const field = message.fields.find(({ name }) => name === getOption(message, owner));
    expect(field?.scalar, message.typeName).toBe(ScalarType.STRING);
  }
});

test('the zero of every enum is its UNSPECIFIED', () => {
  const enums = [...files.flatMap((file) => file.enums), ...messages.flatMap((message) => message.nestedEnums)];

  expect(enums.length).toBeGreaterThanOrEqual(8);
  for (const { typeName, values } of enums) {
    expect(values[0]?.number, typeName).toBe(0);
    expect(values[0]?.name, typeName).toMatch(/_UNSPECIFIED$/);
  }
});

test('money and counts are never floating-point numbers', () => {
  const kinds = messages.flatMap((message) =>
    message.fields.map((field) => ({ name: `${message.typeName}.${field.name}`, scalar: field.scalar })),
  );

  // DOUBLE and FLOAT of the descriptor.
  expect(kinds.filter(({ scalar }) => scalar === 1 || scalar === 2)).toEqual([]);
});

test('the rules of every message compile, and judge an empty one without an error of their own', () => {
  const validator = createValidator();

  for (const message of messages) {
    const result = validator.validate(message, create(message));
    expect(result.kind, `${message.typeName}: ${String(result.error)}`).not.toBe('error');
  }
});
