import { type DescField, getOption, hasOption } from '@bufbuild/protobuf';
import {
  type FieldRules,
  field as fieldOption,
  type RepeatedRules,
  type StringRules,
} from '@mainstay/contracts/buf/validate/validate';
import type { JsonSchema } from './json-schema.ts';

/** What the validation rules of a field say in JSON Schema, and in words where it has none. */
export interface SchemaRules {
  readonly schema: JsonSchema;
  /** True when the field's zero value breaks a rule, so that a request must name it. */
  readonly required: boolean;
  /** Rules that a schema cannot hold, one sentence each. */
  readonly sentences: readonly string[];
}

const none: SchemaRules = { schema: {}, required: false, sentences: [] };

/** Reads the protovalidate rules of a field. */
export function schemaRules(field: DescField): SchemaRules {
  if (!hasOption(field, fieldOption)) return none;
  const rules = getOption(field, fieldOption);
  const schema = typeSchema(rules);
  const sentences = rules.cel.map(({ message }) => message).filter((message) => message !== '');
  return { schema, required: rules.required || (!isOptional(field) && refusesZero(schema)), sentences };
}

function typeSchema(rules: FieldRules): JsonSchema {
  switch (rules.type.case) {
    case 'string':
      return stringSchema(rules.type.value);
    case 'repeated':
      return listSchema(rules.type.value);
    case 'int32':
    case 'uint32':
    case 'sint32':
    case 'fixed32':
    case 'sfixed32':
    case 'float':
    case 'double':
      return numberSchema(rules.type.value);
    default:
      return {};
  }
}

function stringSchema(rules: StringRules): JsonSchema {
  const { minLen, maxLen, pattern, in: allowed, wellKnown } = rules;
  const formats: Readonly<Record<string, string>> = { email: 'email', uuid: 'uuid', uri: 'uri', hostname: 'hostname' };
  const format = formats[wellKnown.case ?? ''];
  return {
    ...(minLen > 0n && { minLength: Number(minLen) }),
    ...(maxLen > 0n && { maxLength: Number(maxLen) }),
    ...(pattern !== '' && { pattern }),
    ...(format !== undefined && { format }),
    ...(allowed.length > 0 && { enum: allowed }),
  };
}

function listSchema({ minItems, maxItems, unique }: RepeatedRules): JsonSchema {
  return {
    ...(minItems > 0n && { minItems: Number(minItems) }),
    ...(maxItems > 0n && { maxItems: Number(maxItems) }),
    ...(unique && { uniqueItems: true }),
  };
}

/** The bounds that all numeric rules have in common. */
interface NumberBounds {
  readonly lessThan: { readonly case: 'lt' | 'lte' | undefined; readonly value?: number | undefined };
  readonly greaterThan: { readonly case: 'gt' | 'gte' | undefined; readonly value?: number | undefined };
}

function numberSchema({ lessThan, greaterThan }: NumberBounds): JsonSchema {
  return {
    ...(greaterThan.case === 'gte' && { minimum: greaterThan.value ?? 0 }),
    ...(greaterThan.case === 'gt' && { exclusiveMinimum: greaterThan.value ?? 0 }),
    ...(lessThan.case === 'lte' && { maximum: lessThan.value ?? 0 }),
    ...(lessThan.case === 'lt' && { exclusiveMaximum: lessThan.value ?? 0 }),
  };
}

function isOptional(field: DescField): boolean {
  return field.oneof !== undefined || field.proto.proto3Optional || field.fieldKind === 'message';
}

function refusesZero(schema: JsonSchema): boolean {
  const { minLength = 0, minItems = 0, minimum = 0, exclusiveMinimum = -1, format, pattern } = schema;
  const refusesEmpty = pattern !== undefined && !new RegExp(pattern, 'u').test('');
  return minLength > 0 || minItems > 0 || minimum > 0 || exclusiveMinimum >= 0 || format !== undefined || refusesEmpty;
}
