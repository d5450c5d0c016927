import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PlatformError, toPlatformError } from '@mainstay/kernel';
import type { Health } from '../create-health.ts';
import { healthReasons } from '../errors.ts';
import { type ManagementAction, runAction } from './run-action.ts';

/** Options of {@link startManagementServer}. */
export interface ManagementServerOptions {
  readonly health: Health;
  /** Source of `/metrics`; absent: 404. */
  readonly meter?: { expose(): Promise<string> };
  /** Further pages by path, answered as JSON; a promise is waited for. */
  readonly pages?: Readonly<Record<string, () => unknown>>;
  /** What operators may do, by path: `POST` with a JSON body, answered as JSON; a thrown `invalid_argument` is a 400. */
  readonly actions?: Readonly<Record<string, ManagementAction>>;
  /** Address to listen on, default `127.0.0.1`; the page names versions and errors, so it is not for the public. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
}

/** A listening management port; disposing closes it and all its connections. */
export interface ManagementServer extends AsyncDisposable {
  /** `http://host:port`, reachable from this machine. */
  readonly url: string;
  readonly port: number;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const jsonType = 'application/json; charset=utf-8';

/**
 * Serves `/health/live`, `/health/ready`, `/health/startup`, `/health`, `/metrics` and `pages` over HTTP.
 *
 * 200 for up and 503 for down, JSON body with the reason; `GET` and `HEAD` only but for `actions`, never cached. An
 * action takes `application/json` alone and nothing that a web page sent, so no page in a browser can act.
 *
 * @throws {@link PlatformError} `failed_precondition` / `MANAGEMENT_PORT_UNAVAILABLE` when the port cannot be opened.
 */
export async function startManagementServer(options: ManagementServerOptions): Promise<ManagementServer> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => void answer(options, request, response));
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 30_000;
  await listen(server, host, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${reachableHost(host)}:${port}`,
    port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: ManagementServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const page = await pageFor(options, request).catch(failedPage);
  request.resume();
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    ...(page.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

async function pageFor(options: ManagementServerOptions, request: IncomingMessage): Promise<Page> {
  const { health, meter, pages = {}, actions = {} } = options;
  const path = request.url?.split('?', 1)[0] ?? '';
  const action = request.method === 'POST' && Object.hasOwn(actions, path) ? actions[path] : undefined;
  if (action !== undefined) {
    const { status, content } = await runAction(action, request);
    return json(status, content);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'method not allowed' });
  switch (path) {
    case '/health/live':
      return probe(await health.live());
    case '/health/ready':
      return probe(await health.ready());
    case '/health/startup':
      return probe(await health.startup());
    case '/health':
      return probe(await health.detail());
    case '/metrics':
      if (meter === undefined) return json(404, { error: 'no metrics here' });
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await meter.expose() };
    default:
      return Object.hasOwn(pages, path)
        ? json(200, (await pages[path]?.()) as object)
        : json(404, { error: 'not found' });
  }
}

function probe(answer: { readonly status: 'up' | 'down' }): Page {
  return json(answer.status === 'up' ? 200 : 503, answer);
}

function json(status: number, content: object): Page {
  const body = JSON.stringify(content, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return { status, type: jsonType, body: `${body}\n` };
}

function failedPage(error: unknown): Page {
  return json(500, { error: toPlatformError(error).reason });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `management port ${host}:${port} cannot be opened: ${error.code ?? 'unknown error'}`;
      reject(new PlatformError(healthReasons.MANAGEMENT_PORT_UNAVAILABLE, message, { cause: error }));
    });
    // Of this process alone, also where it is one of several workers that share other ports.
    server.listen({ port, host, exclusive: true }, resolve);
  });
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
