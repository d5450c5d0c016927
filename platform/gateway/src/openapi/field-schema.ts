import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { type FieldSensitivity, fieldSensitivity } from '@mainstay/rpc';
import { isWellKnown } from '../transcode/check-well-known.ts';
import type { Comments } from './comments.ts';
import { exampleFor } from './examples.ts';
import type { JsonSchema } from './json-schema.ts';
import { schemaRules } from './rules.ts';

/** Gives the reference to a message's schema, and remembers that it is needed. */
export type ReferTo = (message: DescMessage) => JsonSchema;

/** The schema of one field with its rules, comment and example. */
export function fieldSchema(field: DescField, comments: Comments, referTo: ReferTo): JsonSchema {
  const { schema: rules, sentences } = schemaRules(field);
  const type = typeOf(field, comments, referTo);
  const told = [...sentences.map((sentence) => `Rule: ${sentence}.`), maskSentences[fieldSensitivity(field)]];
  const says = [comments.of(field), ...told].filter(Boolean).join(' ');
  const description = [says, type.description].filter(Boolean).join('\n\n');
  const example = isPlain(field, type) ? exampleFor(field, { ...type, ...rules }, comments) : undefined;
  return {
    ...type,
    ...rules,
    ...(description !== '' && { description }),
    ...(example !== undefined && { examples: [example] }),
  };
}

/** What clients are told about fields that answers may show in part or not at all. */
const maskSentences: Readonly<Record<FieldSensitivity, string>> = {
  public: '',
  low: '',
  medium: 'Personal: in answers masked for all but the user it is about and callers who are cleared for it.',
  high: 'Secret: in answers masked, unless to give it out is what the operation is for.',
};

/** True for a single value without an example of its own. */
function isPlain(field: DescField, type: JsonSchema): boolean {
  return type.$ref === undefined && type.examples === undefined && field.fieldKind !== 'list';
}

function typeOf(field: DescField, comments: Comments, referTo: ReferTo): JsonSchema {
  switch (field.fieldKind) {
    case 'list':
      return { type: 'array', items: itemOf(field, comments, referTo) };
    case 'map':
      return { type: 'object', additionalProperties: itemOf(field, comments, referTo) };
    default:
      return itemOf(field, comments, referTo);
  }
}

function itemOf(field: DescField, comments: Comments, referTo: ReferTo): JsonSchema {
  if (field.message !== undefined)
    return isWellKnown(field.message) ? wellKnownSchema(field.message) : referTo(field.message);
  if (field.enum !== undefined) return enumSchema(field.enum, comments);
  return scalarSchema(field.scalar ?? ScalarType.STRING);
}

function enumSchema(desc: DescEnum, comments: Comments): JsonSchema {
  const lines = desc.values
    .filter((value) => value.number !== 0)
    .map((value) => `- ${value.name}: ${comments.ofEnumValue(value)}`);
  return { type: 'string', enum: desc.values.map((value) => value.name), description: lines.join('\n') };
}

function scalarSchema(type: ScalarType): JsonSchema {
  switch (type) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.DOUBLE:
      return { type: 'number', format: 'double' };
    case ScalarType.FLOAT:
      return { type: 'number', format: 'float' };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: 'integer', format: 'int32' };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: 'integer', minimum: 0, maximum: 4_294_967_295 };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: 'string', format: 'uint64', pattern: '^[0-9]+$' };
    default:
      return { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' };
  }
}

function wellKnownSchema(message: DescMessage): JsonSchema {
  if (isWrapperDesc(message)) {
    const inner = scalarSchema(message.fields[0].scalar);
    return { ...inner, type: [inner.type as string, 'null'] };
  }
  switch (message.typeName.slice('google.protobuf.'.length)) {
    case 'Timestamp':
      return { type: 'string', format: 'date-time' };
    case 'Duration':
      return { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$' };
    case 'FieldMask':
      return { type: 'string', examples: ['first_name,last_name'] };
    case 'ListValue':
      return { type: 'array' };
    case 'Struct':
      return { type: 'object' };
    case 'Any':
      return {
        type: 'object',
        description:
          'A message of the type that `@type` names, with its fields, or with `value` where its JSON is no object.',
        properties: { '@type': { type: 'string', examples: ['type.googleapis.com/package.Message'] } },
      };
    default:
      return {};
  }
}
