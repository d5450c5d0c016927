import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { Route } from '../routes/compile-routes.ts';
import { formatFieldPath } from '../transcode/field-table.ts';
import { isAddressable } from '../transcode/query.ts';
import type { JsonSchema } from './json-schema.ts';
import type { MessageSchemas } from './message-schemas.ts';

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** Parameters of a route: path, query (nested fields as dotted names), and the headers that its policy asks for. */
export function routeParameters(route: Route, schemas: MessageSchemas): readonly Parameter[] {
  return [...pathParameters(route, schemas), ...queryParameters(route, schemas), ...headerParameters(route)];
}

function pathParameters({ template, shape }: Route, schemas: MessageSchemas): readonly Parameter[] {
  return template.variables.map(({ fieldPath }) => {
    const field = shape.pathFields.get(fieldPath)?.at(-1);
    return parameter({ name: fieldPath, in: 'path', required: true }, field === undefined ? {} : schemas.field(field));
  });
}

function queryParameters({ shape }: Route, schemas: MessageSchemas): readonly Parameter[] {
  if (shape.body === 'whole') return [];
  const taken = new Set([...shape.pathFields.values()].map(formatFieldPath));
  if (shape.body !== 'none') taken.add(shape.body.name);
  return plainFields(shape.input, [])
    .filter((fields) => !taken.has(formatFieldPath(fields)) && !taken.has(fields[0]?.name ?? ''))
    .map((fields) => {
      const schema = schemas.field(fields.at(-1) as DescField);
      return parameter({ name: formatFieldPath(fields), in: 'query', required: false }, schema);
    });
}

/** Deepest message that is spread over dotted names; deeper ones exist only in messages that contain themselves. */
const maxQueryDepth = 3;

function plainFields(message: DescMessage, before: readonly DescField[]): readonly (readonly DescField[])[] {
  return message.fields.flatMap((field): readonly (readonly DescField[])[] => {
    const path = [...before, field];
    if (isAddressable(field)) return [path];
    return field.fieldKind === 'message' && path.length < maxQueryDepth ? plainFields(field.message, path) : [];
  });
}

function parameter(base: Omit<Parameter, 'schema' | 'description'>, schema: JsonSchema): Parameter {
  const { description, ...rest } = schema;
  return { ...base, ...(description !== undefined && { description }), schema: rest };
}

const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'Id of the last event that arrived: the stream goes on after it.',
  schema: { type: 'string' },
};

const pollWait: Parameter = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    'With `Accept: application/json`: how many seconds one answer waits for the first event, 1 to 30 (RFC 7240). Without it the answer is a stream.',
  schema: { type: 'string', examples: ['wait=30'] },
};

/** Of every operation. */
const grpcTimeout: Parameter = {
  name: 'Grpc-Timeout',
  in: 'header',
  required: false,
  description:
    'How long the client waits, in hours (H), minutes (M), seconds (S), milli-, micro- or nanoseconds (m, u, n). The time of the operation is never longer than its own limit; when it has passed the answer is 504.',
  schema: { type: 'string', pattern: '^(?!0+[A-Za-z])[0-9]{1,8}[HMSmun]$', examples: ['2S', '200m'] },
};

function headerParameters(route: Route): readonly Parameter[] {
  return [...ownHeaders(route), grpcTimeout];
}

function ownHeaders({ policy, position }: Route): readonly Parameter[] {
  if (position !== undefined) return [lastEventId, pollWait];
  if (policy.idempotency !== 'keyed') return [];
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: true,
      description:
        'A value of your own for this one operation; repeating the request with it has one effect and the same answer.',
      schema: { type: 'string', pattern: '^[!-~]{1,255}$', examples: ['order-2026-01-31-0001'] },
    },
    {
      name: 'Prefer',
      in: 'header',
      required: false,
      description: 'How many seconds to wait for a final state before the answer comes, at most 10 (RFC 7240).',
      schema: { type: 'string', examples: ['wait=5'] },
    },
  ];
}
