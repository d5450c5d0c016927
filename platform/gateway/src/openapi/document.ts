import type { Route } from '../routes/compile-routes.ts';
import type { PathTemplate } from '../routes/template.ts';
import { type CommentTable, createComments } from './comments.ts';
import type { JsonSchema } from './json-schema.ts';
import { createMessageSchemas } from './message-schemas.ts';
import { describeOperation, type Operation } from './operation.ts';
import { problemSchemas, securitySchemes, sharedHeaders, sharedResponses } from './shared-components.ts';

/** An OpenAPI 3.1 document, as far as it is read here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path, then by lower-case method; each path in the form of OpenAPI, for example `/v1/orders/{id}:cancel`. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly headers: typeof sharedHeaders;
    readonly responses: typeof sharedResponses;
    readonly securitySchemes: typeof securitySchemes;
  };
}

const introduction = [
  'Generated from the contracts that the gateway routes by.',
  'Bodies are JSON in UTF-8 by the protobuf JSON mapping: field names in snake_case (camelCase is taken too), 64-bit',
  'numbers as strings, times in RFC 3339. Unknown fields are refused. Every error is a problem document (RFC 9457).',
].join(' ');

/** Methods that OpenAPI 3.1 can describe; routes with a custom method are left out. */
const describable: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Describes all routes as an OpenAPI 3.1 document.
 *
 * Everything comes from the contracts: shapes, limits, who may call, what repeating does, and the comments.
 */
export function createOpenApiDocument(
  routes: readonly Route[],
  options: { readonly title: string; readonly version: string; readonly comments: CommentTable },
): OpenApiDocument {
  const comments = createComments(options.comments);
  const schemas = createMessageSchemas(comments);
  const paths = new Map<string, Record<string, Operation>>();
  const ids = new Map<string, number>();
  for (const route of routes.filter(({ httpMethod }) => describable.has(httpMethod))) {
    const path = pathOf(route.template);
    const operations = paths.get(path) ?? {};
    const operation = describeOperation(route, comments, schemas);
    // A method may have many routes, and clients that are generated have a function for each id.
    const before = ids.get(operation.operationId) ?? 0;
    ids.set(operation.operationId, before + 1);
    const operationId = before === 0 ? operation.operationId : `${operation.operationId}_${before + 1}`;
    operations[route.httpMethod.toLowerCase()] = { ...operation, operationId };
    paths.set(path, operations);
  }
  const services = new Map(routes.map((route) => [route.serviceName, route.service]));
  return {
    openapi: '3.1.0',
    info: { title: options.title, version: options.version, description: introduction },
    tags: [...services].map(([name, service]) => ({ name, description: comments.of(service) })),
    paths: Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { ...schemas.all(), ...problemSchemas },
      headers: sharedHeaders,
      responses: sharedResponses,
      securitySchemes,
    },
  };
}

/** OpenAPI has no patterns inside a variable: `{name=shelves/*}` becomes `{name}`. */
function pathOf({ segments, variables, verb }: PathTemplate): string {
  const parts: string[] = [];
  for (let i = 0; i < segments.length; i++) {
    const variable = variables.find(({ start }) => start === i);
    const segment = segments[i];
    if (variable !== undefined) {
      parts.push(`{${variable.fieldPath}}`);
      i = Math.min(variable.end, segments.length) - 1;
    } else if (segment !== undefined) parts.push(segment.kind === 'literal' ? segment.text : '*');
  }
  return `/${parts.join('/')}${verb === '' ? '' : `:${verb}`}`;
}
