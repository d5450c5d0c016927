import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it came. */
export interface Seen {
  readonly request: string;
  readonly authorization: string | undefined;
  readonly key: string | string[] | undefined;
  readonly body: string;
}

/** A server that keeps what it is asked and answers as told, one answer after the other. */
export async function serve(...answers: ((response: ServerResponse) => void)[]) {
  const seen: Seen[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url, headers } = request;
    const body = await text(request);
    seen.push({ request: `${method} ${url}`, authorization: headers.authorization, key: headers['x-api-key'], body });
    answers.shift()?.(response);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    seen,
    gateway,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Answers with JSON. */
export const json =
  (status: number, body: object, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
