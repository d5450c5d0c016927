import type { Route } from '../routes/compile-routes.ts';
import type { Comments } from './comments.ts';
import { parseErrorLines } from './error-lines.ts';
import type { JsonSchema } from './json-schema.ts';
import type { MessageSchemas } from './message-schemas.ts';
import { type Parameter, routeParameters } from './parameters.ts';
import { pollSchema } from './poll-schema.ts';

/** A header or an answer: written out, or a reference to a shared one. */
export type Shared = { readonly $ref: string } | Readonly<Record<string, unknown>>;

/** One operation of an OpenAPI document. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Shared>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** A body by its media types: JSON, bytes of any type, or a stream. */
export interface Content {
  readonly 'application/json'?: { readonly schema: JsonSchema };
  readonly '*/*'?: { readonly schema: JsonSchema };
  /** Streams of answers: the schema is that of one line, or of the data of one event. */
  readonly 'application/x-ndjson'?: { readonly schema: JsonSchema };
  readonly 'text/event-stream'?: { readonly schema: JsonSchema };
}

/** Headers of every answer, as references to the shared ones. */
const everyAnswer = Object.fromEntries(
  ['X-Trace-ID', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'].map((name) => [
    name,
    { $ref: `#/components/headers/${name}` },
  ]),
);

/** Describes a route as an operation. */
export function describeOperation(route: Route, comments: Comments, schemas: MessageSchemas): Operation {
  const { method, policy } = route;
  const comment = comments.of(method);
  const summary = /^.+?\.(?=\s|$)/s.exec(comment)?.[0] ?? comment;
  const body = requestBody(route, schemas);
  return {
    operationId: `${method.parent.name}_${method.name}_${route.httpMethod}`,
    tags: [route.serviceName],
    summary: summary.replace(/\.$/, ''),
    description: [comment, ...accessSentence(route)].filter(Boolean).join('\n\n'),
    parameters: routeParameters(route, schemas),
    ...(body !== undefined && { requestBody: body }),
    responses: { ...successes(route, schemas), ...problems(route, comment) },
    security: policy.access === 'public' ? [{}, { apiKey: [] }] : [{ bearer: [] }, { bearer: [], apiKey: [] }],
  };
}

function accessSentence({ policy }: Route): readonly string[] {
  return policy.access === 'role' ? [`Access: signed-in users with the role ${policy.roles.join(' or ')}.`] : [];
}

function requestBody({ shape }: Route, schemas: MessageSchemas): Operation['requestBody'] {
  if (shape.body === 'none') return undefined;
  if (shape.isRaw) return { required: false, content: bytes };
  if (shape.body !== 'whole') return { required: true, content: json(schemas.field(shape.body)) };
  const inPath = new Set([...shape.pathFields.values()].map((fields) => fields[0]?.name ?? ''));
  const schema = schemas.without(shape.input, inPath);
  return { required: (schema.required ?? []).length > 0, content: json(schema) };
}

/** Bytes as they are; a schema would say that they are JSON. */
const bytes: Content = { '*/*': { schema: {} } };

function json(schema: JsonSchema): Content {
  return { 'application/json': { schema } };
}

function successes(route: Route, schemas: MessageSchemas): Record<string, Shared> {
  const { method, policy, responseField } = route;
  const schema = responseField === undefined ? schemas.referTo(method.output) : schemas.field(responseField);
  if (route.exchange === 'socket') {
    const description = `A WebSocket. Frames of the client are JSON of ${method.input.name}, frames of the gateway of ${method.output.name}; an empty frame ends what the client has to say.`;
    return { 101: { description, headers: everyAnswer } };
  }
  const content = contentOf(route, schema);
  const location = { Location: { description: 'Where the thing is found from now on.', schema: { type: 'string' } } };
  const headers = { ...everyAnswer, ...(route.location !== undefined && location) };
  const answer = { description: 'Done.', headers, content };
  const isLong = policy.idempotency === 'keyed' && route.location !== undefined;
  return {
    [policy.successStatus]: answer,
    ...(isLong && { 202: { ...answer, description: 'Accepted and still running; ask at Location for the end.' } }),
  };
}

function contentOf(route: Route, schema: JsonSchema): Content {
  if (route.isRawResponse) return bytes;
  if (route.exchange !== 'answers') return json(schema);
  const streams: Content = { 'application/x-ndjson': { schema }, 'text/event-stream': { schema } };
  return route.position === undefined ? streams : { ...json(pollSchema(schema)), ...streams };
}

function problems(route: Route, comment: string): Record<string, Shared> {
  const reasons = new Map<number, Set<string>>();
  const add = (status: number, reason: string): void => {
    reasons.set(status, (reasons.get(status) ?? new Set()).add(reason));
  };
  add(400, 'REQUEST_INVALID');
  if (route.policy.access !== 'public') add(401, 'TOKEN_REQUIRED');
  if (route.policy.access === 'role') add(403, 'ROLE_REQUIRED');
  if (route.policy.idempotency === 'keyed') {
    add(400, 'IDEMPOTENCY_KEY_REQUIRED');
    add(422, 'IDEMPOTENCY_KEY_REUSED');
  }
  for (const { status, reason } of parseErrorLines(comment)) add(status, reason);
  const named = [...reasons].map(([status, names]) => [status, problemAnswer([...names])] as const);
  const shared = {
    429: { $ref: '#/components/responses/TooManyRequests' },
    default: { $ref: '#/components/responses/Problem' },
  };
  return { ...shared, ...Object.fromEntries(named) };
}

function problemAnswer(reasons: readonly string[]): Shared {
  const list = reasons.map((reason) => `\`${reason}\``).join(', ');
  return {
    description: `Problem with the reason ${list}.`,
    headers: everyAnswer,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
