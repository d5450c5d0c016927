import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { EndpointSlice } from '../src/index.ts';

/** A small API server that lists EndpointSlices and speaks the watch protocol, over a real socket. */
export class KubernetesServer implements AsyncDisposable {
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[] = [];
  readonly slices = new Map<string, EndpointSlice>();
  /** Watches of versions below this are told that they are too old. */
  oldestVersion = 0;
  /** Answers everything with this status. */
  status: number | undefined;
  readonly #server: Server;
  readonly #watches = new Set<ServerResponse>();
  readonly #waiting = new Set<() => void>();
  readonly #scheme: string;
  #version = 100;

  private constructor(tls: ServerOptions | undefined) {
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response);
    this.#server = tls === undefined ? createHttpServer(onRequest) : createHttpsServer(tls, onRequest);
    this.#scheme = tls === undefined ? 'http' : 'https';
  }

  static async start(tls?: ServerOptions): Promise<KubernetesServer> {
    const server = new KubernetesServer(tls);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Changes a slice and tells the watches, in chunks that cut the line in two. */
  put(name: string, addresses: readonly string[], more: Partial<EndpointSlice> = {}): void {
    const type = this.slices.has(name) ? 'MODIFIED' : 'ADDED';
    const slice = this.#slice(name, addresses, more);
    this.slices.set(name, slice);
    this.#tell({ type, object: slice });
  }

  remove(name: string): void {
    const slice = this.slices.get(name);
    this.slices.delete(name);
    this.#tell({ type: 'DELETED', object: { ...slice, metadata: { name, resourceVersion: String(++this.#version) } } });
  }

  /** Sends something to all watches. */
  event(event: unknown): void {
    this.#tell(event);
  }

  /** Changes a slice that no watch is told of. */
  putSilently(name: string, addresses: readonly string[]): void {
    this.slices.set(name, this.#slice(name, addresses, {}));
  }

  endWatches(how: 'end' | 'destroy'): void {
    for (const response of this.#watches) response[how]();
    this.#watches.clear();
  }

  /** Resolves when a watch is open that was not before. */
  watched(): Promise<void> {
    if (this.#watches.size > 0) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.add(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #slice(name: string, addresses: readonly string[], more: Partial<EndpointSlice>): EndpointSlice {
    return {
      metadata: { name, resourceVersion: String(++this.#version) },
      addressType: 'IPv4',
      ports: [
        { name: 'metrics', port: 9_100 },
        { name: 'grpc', port: 50_051 },
      ],
      endpoints: addresses.map((address) => ({
        addresses: [address],
        conditions: { ready: true, serving: true, terminating: false },
        zone: 'eu-a',
        targetRef: { kind: 'Pod', name: `orders-${address}`, uid: `uid-${address}` },
      })),
      ...more,
    };
  }

  #tell(event: unknown): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    for (const response of this.#watches) {
      response.write(line.subarray(0, 7));
      response.write(line.subarray(7));
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://server');
    this.requests.push({ path: `${url.pathname}${url.search}`, authorization: request.headers.authorization });
    if (this.status !== undefined) {
      response.writeHead(this.status).end('{"kind":"Status"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.get('watch') !== '1') {
      const list = { metadata: { resourceVersion: String(this.#version) }, items: [...this.slices.values()] };
      response.end(JSON.stringify(list));
      return;
    }
    if (Number(url.searchParams.get('resourceVersion')) < this.oldestVersion) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`);
      return;
    }
    response.flushHeaders();
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
