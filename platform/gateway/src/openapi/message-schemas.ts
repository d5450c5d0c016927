import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { Comments } from './comments.ts';
import { fieldSchema } from './field-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { schemaRules } from './rules.ts';

/** Collects the schemas of all messages that a document mentions. */
export interface MessageSchemas {
  /** Reference to a message; its schema becomes part of {@link all}. */
  referTo(message: DescMessage): JsonSchema;
  field(field: DescField): JsonSchema;
  /** Schema of a message without some fields, written out in place; nothing beside its fields is allowed. */
  without(message: DescMessage, left: ReadonlySet<string>): JsonSchema;
  /** By full name, in the order of names. */
  all(): Readonly<Record<string, JsonSchema>>;
}

/** Makes an empty collection. */
export function createMessageSchemas(comments: Comments): MessageSchemas {
  const schemas = new Map<string, JsonSchema>();

  const referTo = (message: DescMessage): JsonSchema => {
    if (!schemas.has(message.typeName)) {
      // Stands while the fields are visited, so that messages that contain themselves end.
      schemas.set(message.typeName, {});
      schemas.set(message.typeName, objectSchema(message, message.fields));
    }
    return { $ref: `#/components/schemas/${message.typeName}` };
  };
  const field = (desc: DescField): JsonSchema => fieldSchema(desc, comments, referTo);

  function objectSchema(message: DescMessage, fields: readonly DescField[]): JsonSchema {
    const required = fields.filter((desc) => schemaRules(desc).required).map((desc) => desc.name);
    const description = comments.of(message);
    return {
      type: 'object',
      ...(description !== '' && { description }),
      properties: Object.fromEntries(fields.map((desc) => [desc.name, field(desc)])),
      ...(required.length > 0 && { required }),
    };
  }

  return {
    referTo,
    field,
    without(message, left) {
      const fields = message.fields.filter((desc) => !left.has(desc.name));
      return { ...objectSchema(message, fields), additionalProperties: false };
    },
    all: () => Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
