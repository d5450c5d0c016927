import type { AddressInfo } from 'node:net';
import { isPlatformError, kernelReasons, type Logger, PlatformError, toPlatformError } from '@mainstay/kernel';
import { newTrace, parseTraceparent } from '@mainstay/kernel/context';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { registryReasons } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { allowedMethods } from './allowed-methods.ts';
import { problemOf } from './problem.ts';
import { addRoutes } from './routes.ts';

/** How the HTTP face is started. */
export interface HttpFaceOptions {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Called before every change; throws when the caller may not make it. */
  readonly authorizeWrite: (identityHeader: string | undefined) => void;
}

/** The HTTP face, listening. */
export interface HttpFace extends AsyncDisposable {
  /** `http://host:port`. */
  readonly url: string;
}

/** Far above the largest registration that the rules allow. */
const maxBodyBytes = 64 * 1_024;

/**
 * Opens the HTTP face: JSON in and out, every error an RFC 9457 problem document.
 *
 * @throws {@link PlatformError} `failed_precondition` / `REGISTRY_PORT_UNAVAILABLE` when the port cannot be opened.
 */
export async function startHttpFace(options: HttpFaceOptions): Promise<HttpFace> {
  const { host, port } = options;
  const app = fastify({ bodyLimit: maxBodyBytes, requestTimeout: 10_000, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-trace-id', traceIdOf(request)).header('cache-control', 'no-store');
  });
  app.removeContentTypeParser('text/plain');
  const routes = addRoutes(app, options);
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, unknownRoute(request, reply, routes)));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const platformError = readError(error);
    if (platformError.code === 'internal') {
      options.logger.error('a request failed', { path: pathOf(request), error: platformError });
    }
    return sendProblem(request, reply, platformError);
  });
  await listen(app, host, port);
  const bound = app.server.address() as AddressInfo;
  return { url: `http://${shownHost(host)}:${bound.port}`, [Symbol.asyncDispose]: () => app.close() };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const message = `HTTP port ${host}:${port} of the registry cannot be opened: ${code}`;
    throw new PlatformError(registryReasons.REGISTRY_PORT_UNAVAILABLE, message, { cause });
  }
}

function unknownRoute(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: readonly { readonly method: string; readonly url: string }[],
): PlatformError {
  const path = pathOf(request);
  const allowed = allowedMethods(routes, path);
  if (allowed.length === 0) {
    return new PlatformError(registryReasons.REGISTRY_PATH_UNKNOWN, `there is nothing at ${path}`);
  }
  reply.header('allow', allowed.join(', '));
  const message = `${path} has no ${request.method}, only ${allowed.join(', ')}`;
  return new PlatformError(registryReasons.REGISTRY_METHOD_REFUSED, message);
}

function readError(error: FastifyError): PlatformError {
  if (isPlatformError(error)) return error;
  const status = error.statusCode;
  if (status === undefined || status < 400 || status >= 500) return toPlatformError(error);
  if (status === 413) {
    return new PlatformError(registryReasons.REGISTRY_BODY_REFUSED, `the body is larger than ${maxBodyBytes} bytes`, {
      httpStatus: 413,
    });
  }
  const reason =
    status === 400 || status === 415 ? registryReasons.REGISTRY_BODY_REFUSED : kernelReasons.REQUEST_INVALID;
  const message = status === 415 ? 'the body must be application/json' : error.message;
  return new PlatformError(reason, message, { httpStatus: status });
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: PlatformError): FastifyReply {
  const problem = problemOf(error, { path: pathOf(request), traceId: traceIdOf(request) });
  if (error.retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)));
  return reply.code(problem.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem.body));
}

const traceIds = new WeakMap<FastifyRequest, string>();

function traceIdOf(request: FastifyRequest): string {
  const known = traceIds.get(request);
  if (known !== undefined) return known;
  const header = request.headers.traceparent;
  const { traceId } = parseTraceparent(typeof header === 'string' ? header : undefined) ?? newTrace();
  traceIds.set(request, traceId);
  return traceId;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url;
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
