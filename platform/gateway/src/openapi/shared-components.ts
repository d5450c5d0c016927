import type { JsonSchema } from './json-schema.ts';

const problem: JsonSchema = {
  type: 'object',
  description: 'An error (RFC 9457). Further members carry facts of the error, for example `order_id`.',
  required: [
    'type',
    'title',
    'status',
    'detail',
    'instance',
    'reason',
    'code',
    'trace_id',
    'retryable',
    'retry',
    'executed',
    'violations',
  ],
  properties: {
    type: { type: 'string', description: 'Page about the reason.', examples: ['/errors/ORDER_NOT_FOUND'] },
    title: { type: 'string', description: 'The reason in words.', examples: ['Order not found'] },
    status: { type: 'integer', minimum: 400, maximum: 599, examples: [404] },
    detail: { type: 'string', description: 'What happened this time.' },
    instance: { type: 'string', description: 'Path of the request.' },
    reason: { type: 'string', description: 'Stable key to branch on.', examples: ['ORDER_NOT_FOUND'] },
    trace_id: { type: 'string', pattern: '^[0-9a-f]{32}$', description: 'Finds the request in traces and logs.' },
    retryable: { type: 'boolean', description: 'Whether the same request may be sent again.' },
    code: { type: 'string', description: 'gRPC code.', examples: ['not_found'] },
    retry: { type: 'string', enum: ['never', 'now', 'after'], description: 'When it may be sent again.' },
    retry_after_ms: { type: 'integer', description: 'Pause before that, in milliseconds.' },
    localized_message: {
      type: 'object',
      description: 'What to tell the person who sees it; there when the request has Accept-Language.',
      required: ['language', 'message'],
      properties: { language: { type: 'string', examples: ['en'] }, message: { type: 'string' } },
    },
    executed: { type: 'string', enum: ['no', 'maybe', 'yes'], description: 'Whether the request was carried out.' },
    violations: { type: 'array', items: { $ref: '#/components/schemas/Violation' } },
    error_id: { type: 'string', description: 'On internal errors: quote it when you report one.' },
  },
};

const violation: JsonSchema = {
  type: 'object',
  required: ['field', 'rule', 'message'],
  properties: {
    field: { type: 'string', description: 'Path in the request.', examples: ['items[0].quantity'] },
    rule: { type: 'string', description: 'Stable key of the rule.', examples: ['int32.gte'] },
    message: { type: 'string', description: 'One sentence for a person.' },
  },
};

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** Schemas of errors. */
export const problemSchemas: Readonly<Record<string, JsonSchema>> = { Problem: problem, Violation: violation };

/** Headers of every answer. */
export const sharedHeaders = {
  'X-Trace-ID': { description: 'Finds this request in traces and logs.', schema: { type: 'string' } },
  'X-RateLimit-Limit': { description: 'Calls per minute of your tier.', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Calls you may make at once.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': { description: 'Unix second at which all of them are back.', schema: { type: 'integer' } },
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
} as const;

/** Answers that every operation may give. */
export const sharedResponses = {
  Problem: { description: 'Any other problem.', content: problemContent },
  TooManyRequests: {
    description: 'Problem with the reason `RATE_LIMITED`.',
    headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
    content: problemContent,
  },
} as const;

/** How clients show who they are. */
export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Access token of a session; says who the user is.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'Key of the client; says which limits apply. Without one the limits of anonymous use apply.',
  },
} as const;
