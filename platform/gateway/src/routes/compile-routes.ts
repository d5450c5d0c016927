import {
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { PlatformError } from '@mainstay/kernel';
import {
  type AnswerCachePolicy,
  fieldSensitivity,
  methodPolicy,
  type ResolvedMethodPolicy,
  serviceNameOf,
} from '@mainstay/rpc';
import { gatewayReasons } from '../errors.ts';
import { isAbove } from '../identity/clearance.ts';
import { fieldTable, resolveFieldPath } from '../transcode/field-table.ts';
import { isHttpBody } from '../transcode/http-body.ts';
import { compileLocation } from '../transcode/location.ts';
import { updateMaskOf } from '../transcode/patch-mask.ts';
import type { RequestShape } from '../transcode/request-shape.ts';
import { versionField } from './conditional.ts';
import { type HttpBinding, httpBindings } from './http-rule.ts';
import type { Matchable } from './matcher.ts';
import { compilePosition, type StreamPosition } from './position.ts';
import { routeCache } from './route-cache.ts';
import { parseTemplate } from './template.ts';

/** A way from HTTP to one method, with everything resolved that can be known before a request. */
export interface Route extends Matchable {
  /** Name of the service in the registry, for example `orders`. */
  readonly serviceName: string;
  /** Gives the name of the service that a request means; undefined when it is always the one above. */
  readonly targetOf: ((message: Message) => string) | undefined;
  readonly service: DescService;
  readonly method: DescMethod;
  readonly policy: ResolvedMethodPolicy;
  /** How the client and the service talk: one message each way, a stream of bytes or answers, or a WebSocket. */
  readonly exchange: RouteExchange;
  /** Longest time for the call in milliseconds; undefined for streams whose contract sets none. */
  readonly timeoutMs: number | undefined;
  readonly shape: RequestShape;
  /** The field of the response that is the body; undefined means all of it. */
  readonly responseField: DescField | undefined;
  /** True when the answer is bytes with a media type of their own (`google.api.HttpBody`) and not JSON. */
  readonly isRawResponse: boolean;
  /** Gives the `Location` header; undefined when the contract names none. */
  readonly location: ((message: Message) => string | undefined) | undefined;
  /** Whether an answer has an entity tag, because it only reads and is asked for by `GET`. */
  readonly isTagged: boolean;
  /** Where the answer says which version it is. */
  readonly answerVersion: VersionPlace;
  /** Where the request says for which version it is meant. */
  readonly version: VersionPlace;
  /** How answers may be given again; undefined when they may not. */
  readonly cache: AnswerCachePolicy | undefined;
  /** Whether other services must be there for it. */
  readonly hasDependencies: boolean;
  /** How a stream of answers goes on after a cut; undefined when the contract does not say. */
  readonly position: StreamPosition | undefined;
}

/** Where a message says a version: in a field of its own, or of the message in a field; without a field nowhere. */
interface VersionPlace {
  readonly inside: DescField | undefined;
  readonly field: DescField | undefined;
}

/**
 * The forms a route has over HTTP, by the kind of its method: `unary`; `answers` for a stream of answers; `upload` for a
 * body that the service takes in parts; `socket` for clients that send more than one message.
 */
export type RouteExchange = 'unary' | 'answers' | 'upload' | 'socket';

/** The contract checker demands a time-out of every routed method; this is for contracts that were not checked. */
const defaultTimeoutMs = 5_000;

/**
 * Compiles the routes of services from their contracts.
 *
 * Methods for services only are never routed.
 *
 * @throws {@link PlatformError} `invalid_argument` / `ROUTE_INVALID` when a rule names a field that does not exist,
 * cannot stand there, or a template that cannot be read.
 */
export function compileRoutes(services: readonly DescService[]): readonly Route[] {
  return services.flatMap((service) =>
    service.methods.filter(isRouted).flatMap((method) => httpBindings(method).map((rule) => compile(method, rule))),
  );
}

function isRouted(method: DescMethod): boolean {
  return methodPolicy(method).access !== 'internal';
}

function compile(method: DescMethod, rule: HttpBinding): Route {
  const refuse = (what: string): PlatformError =>
    new PlatformError(gatewayReasons.ROUTE_INVALID, `${method.parent.typeName}/${method.name}: ${what}`);
  const policy = methodPolicy(method);
  const template = parseTemplate(rule.path);
  const pathFields = new Map(
    template.variables.map(({ fieldPath }) => [fieldPath, pathField(method.input, fieldPath, refuse)] as const),
  );
  if (rule.body !== '' && (rule.httpMethod === 'GET' || rule.httpMethod === 'HEAD')) {
    throw refuse(`${rule.httpMethod} cannot have a body`);
  }
  const body = bodyOf(method.input, rule.body, refuse);
  const responseField = rule.responseBody === '' ? undefined : namedField(method.output, rule.responseBody, refuse);
  if (isHttpBody(responseField?.message) && isAbove(fieldSensitivity(responseField as DescField), policy.discloses)) {
    throw refuse(`bytes cannot be masked: discloses must allow ${rule.responseBody}`);
  }
  const isRaw = isRawBody(method, body);
  const exchange = exchangeOf(method, isRaw);
  if (exchange === 'socket' && (rule.httpMethod !== 'GET' || responseField !== undefined)) {
    throw refuse('clients that send many messages use WebSocket, whose rule is `get` without response_body');
  }
  return {
    httpMethod: rule.httpMethod,
    template,
    serviceName: serviceNameOf(method.parent),
    targetOf: policy.target === '' ? undefined : targetOf(method, policy.target, refuse),
    service: method.parent,
    method,
    policy,
    exchange,
    timeoutMs: policy.timeoutMs ?? (exchange === 'unary' ? defaultTimeoutMs : undefined),
    shape: {
      input: method.input,
      pathFields,
      body,
      isRaw,
      mask: rule.httpMethod === 'PATCH' && !isRaw ? updateMaskOf(method.input) : undefined,
    },
    responseField,
    isRawResponse: isHttpBody(responseField === undefined ? method.output : responseField.message),
    location: policy.location === '' ? undefined : compileLocation(method.output, policy.location),
    isTagged: rule.httpMethod === 'GET' && policy.idempotency === 'safe',
    answerVersion: {
      inside: responseField,
      field: versionField(responseField === undefined ? method.output : responseField.message),
    },
    version: wantedVersionOf(method.input, body),
    cache: routeCache(method, rule.httpMethod),
    hasDependencies: policy.needs.length + policy.awaits.length > 0,
    position: policy.stream === undefined ? undefined : compilePosition(method, policy.stream, refuse),
  };
}

function isRawBody({ input }: DescMethod, body: RequestShape['body']): boolean {
  return body !== 'none' && isHttpBody(body === 'whole' ? input : body.message);
}

function exchangeOf({ methodKind }: DescMethod, isRaw: boolean): RouteExchange {
  if (methodKind === 'unary') return 'unary';
  if (methodKind === 'server_streaming') return 'answers';
  return methodKind === 'client_streaming' && isRaw ? 'upload' : 'socket';
}

/** `etag` of the request, else that of the thing that is its body. */
function wantedVersionOf(input: DescMessage, body: RequestShape['body']): Route['version'] {
  const own = versionField(input);
  if (own !== undefined || typeof body !== 'object') return { inside: undefined, field: own };
  return { inside: body, field: versionField(body.message) };
}

type Refuse = (what: string) => PlatformError;

function targetOf({ input, methodKind }: DescMethod, name: string, refuse: Refuse): (message: Message) => string {
  if (methodKind !== 'unary' && methodKind !== 'server_streaming') throw refuse('only a single message names a target');
  const field = namedField(input, name, refuse);
  if (field.fieldKind !== 'scalar' || field.scalar !== ScalarType.STRING) throw refuse(`${name} is no string`);
  return (message) => reflect(input, message).get(field) as string;
}

function pathField(input: DescMessage, fieldPath: string, refuse: Refuse): readonly DescField[] {
  const fields = resolveFieldPath(input, fieldPath);
  const kind = fields?.at(-1)?.fieldKind;
  if (fields !== undefined && (kind === 'scalar' || kind === 'enum')) return fields;
  throw refuse(`{${fieldPath}} is no single plain field of ${input.name}`);
}

function bodyOf(input: DescMessage, body: string, refuse: Refuse): RequestShape['body'] {
  if (body === '') return 'none';
  return body === '*' ? 'whole' : namedField(input, body, refuse);
}

function namedField(message: DescMessage, name: string, refuse: Refuse): DescField {
  const field = fieldTable(message).get(name);
  if (field !== undefined) return field;
  throw refuse(`${name} is no field of ${message.name}`);
}
