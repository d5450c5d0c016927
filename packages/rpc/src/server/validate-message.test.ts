import { create, createFileRegistry, type DescMessage, type MessageInitShape, setExtension } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import {
  type FieldRulesSchema,
  field as fieldRules,
  file_buf_validate_validate,
  message as messageRules,
} from '@mainstay/contracts/buf/validate/validate';
import {
  file_mainstay_options_v1_options,
  Sensitivity,
  sensitivity,
} from '@mainstay/contracts/mainstay/options/v1/options';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import type { PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { messageCheck, validateMessage } from './validate-message.ts';

type Rules = MessageInitShape<typeof FieldRulesSchema>;

interface Field {
  readonly name: string;
  readonly rules?: Rules;
  readonly level?: Sensitivity;
  readonly repeated?: boolean;
}

/** A message of text fields with rules, as a contract would declare it. */
function messageOf(
  fields: readonly Field[],
  cel: { id: string; message?: string; expression: string }[] = [],
): DescMessage {
  const options = create(MessageOptionsSchema);
  if (cel.length > 0) setExtension(options, messageRules, { cel } as never);
  const file = create(FileDescriptorProtoSchema, {
    name: 'test/rules.proto',
    package: 'test',
    syntax: 'proto3',
    dependency: ['buf/validate/validate.proto', 'mainstay/options/v1/options.proto'],
    messageType: [
      {
        name: 'Checked',
        options,
        field: fields.map(({ name, rules, level, repeated }, i) => {
          const fieldOptions = create(FieldOptionsSchema);
          if (rules !== undefined) setExtension(fieldOptions, fieldRules, rules as never);
          if (level !== undefined) setExtension(fieldOptions, sensitivity, level);
          return {
            name,
            number: i + 1,
            type: FieldDescriptorProto_Type.STRING,
            label: repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
            options: fieldOptions,
          };
        }),
      },
    ],
  });
  const known = [file_buf_validate_validate, file_mainstay_options_v1_options];
  const registry = createFileRegistry(file, (name) => known.find((dependency) => `${dependency.name}.proto` === name));
  return registry.getMessage('test.Checked') as DescMessage;
}

function failureOf(schema: DescMessage, value: Record<string, unknown>): PlatformError {
  try {
    validateMessage(schema, create(schema, value as never));
  } catch (error) {
    return error as PlatformError;
  }
  throw new Error('the message is valid');
}

const echo = { id: 'echo', expression: `this == 'hunter2' ? 'not ' + this : ''` };
const fixed = { id: 'fixed', message: 'must be something else', expression: `this != 'hunter2'` };

test('a sentence computed from the value is shown for open fields and hidden for sensitive ones', () => {
  const schema = messageOf([
    { name: 'open', rules: { cel: [echo] } as never },
    { name: 'secret', rules: { cel: [echo] } as never, level: Sensitivity.HIGH },
    { name: 'private', rules: { cel: [echo] } as never, level: Sensitivity.MEDIUM },
  ]);

  expect(failureOf(schema, { open: 'hunter2' }).violations).toEqual([
    { field: 'open', rule: 'echo', message: 'not hunter2' },
  ]);
  for (const field of ['secret', 'private']) {
    expect(failureOf(schema, { [field]: 'hunter2' }).violations).toEqual([
      { field, rule: 'echo', message: 'does not meet the rule echo' },
    ]);
  }
});

test('a fixed sentence and those of standard rules are shown for sensitive fields too', () => {
  const schema = messageOf([
    { name: 'secret', rules: { cel: [fixed] } as never, level: Sensitivity.HIGH },
    { name: 'long', rules: { type: { case: 'string', value: { minLen: 12n } } } as never, level: Sensitivity.HIGH },
  ]);

  expect(failureOf(schema, { secret: 'hunter2', long: 'short-one-xx' }).violations).toMatchObject([
    { field: 'secret', message: 'must be something else' },
  ]);
  const [violation] = failureOf(schema, { long: 'hunter2' }).violations;
  expect(violation).toMatchObject({ field: 'long', rule: 'string.min_len', message: expect.stringContaining('12') });
  expect(violation?.message).not.toContain('hunter2');
});

test('a computed sentence of the whole message is hidden when the message holds a secret', () => {
  const rule = { id: 'pair', expression: `this.a == this.b ? 'both are ' + this.a : ''` };
  const open = messageOf([{ name: 'a' }, { name: 'b' }], [rule]);
  const secret = messageOf([{ name: 'a', level: Sensitivity.HIGH }, { name: 'b' }], [rule]);

  expect(failureOf(open, { a: 'x', b: 'x' }).violations).toEqual([{ field: '', rule: 'pair', message: 'both are x' }]);
  expect(failureOf(secret, { a: 'x', b: 'x' }).violations).toMatchObject([{ message: 'does not meet the rule pair' }]);
});

test('7 violations are all listed, the sentence names the first 5 fields', () => {
  const rules = { type: { case: 'repeated', value: { items: { type: { case: 'string', value: { minLen: 1n } } } } } };
  const schema = messageOf([{ name: 'tags', rules: rules as never, repeated: true }]);

  const failure = failureOf(schema, { tags: Array(7).fill('') });

  expect(failure.violations.map(({ field }) => field)).toEqual(Array.from({ length: 7 }, (_, i) => `tags[${i}]`));
  expect(failure.rawMessage).toBe('the request is not valid: tags[0], tags[1], tags[2], tags[3], tags[4] and 2 more');
});

test('a rule that cannot be evaluated is an internal error that did not run the call', () => {
  const schema = messageOf([{ name: 'a', rules: { cel: [{ id: 'broken', expression: 'this.nothing +' }] } as never }]);

  expect(failureOf(schema, { a: 'x' })).toMatchObject({ code: 'internal', executed: 'no' });
});

test('a message is walked through only when a rule stands on it, on its fields, in what it is made of, or beside its contract', () => {
  const minLength: Rules = { type: { case: 'string', value: { minLen: 1n } } };

  expect(messageCheck(messageOf([{ name: 'a' }]), undefined)).toBeUndefined();
  expect(messageCheck(messageOf([{ name: 'a' }]), () => undefined)).toBeDefined();
  expect(messageCheck(messageOf([{ name: 'a', rules: minLength }]), undefined)).toBeDefined();
  expect(messageCheck(messageOf([{ name: 'a' }], [{ id: 'x', expression: 'true' }]), undefined)).toBeDefined();
  // The rules stand on what an order is made of.
  expect(messageCheck(OrdersService.method.createOrder.input, undefined)).toBeDefined();
});
