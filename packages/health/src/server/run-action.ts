import type { IncomingMessage } from 'node:http';
import { type Code, toPlatformError } from '@mainstay/kernel';

/** Something an operator may do; gets the parsed body, and what it gives is the answer. */
export type ManagementAction = (body: unknown) => object | Promise<object>;

/** What an action answered. */
export interface ActionAnswer {
  readonly status: number;
  readonly content: object;
}

/** Refusals that tell the operator why; anything else may say too much of the inside. */
const refusals: Readonly<Partial<Record<Code, number>>> = {
  invalid_argument: 400,
  not_found: 404,
  failed_precondition: 409,
  aborted: 409,
  unavailable: 503,
};

/** No action needs more. */
const maxBodyBytes = 16_384;

/** Reads the body of a request to act, and acts. */
export async function runAction(action: ManagementAction, request: IncomingMessage): Promise<ActionAnswer> {
  // A page in a browser on this machine can send requests here; it cannot leave out its origin, nor send this type unasked.
  if (request.headers.origin !== undefined) return { status: 403, content: { error: 'not from a web page' } };
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { status: 415, content: { error: 'application/json only' } };
  const text = await readText(request);
  if (text === undefined) return { status: 413, content: { error: `at most ${maxBodyBytes} bytes` } };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { status: 400, content: { error: 'the body is no JSON' } };
  }
  try {
    return { status: 200, content: await action(body) };
  } catch (error) {
    const { code, reason, rawMessage } = toPlatformError(error);
    const status = refusals[code];
    return status === undefined
      ? { status: 500, content: { error: reason } }
      : { status, content: { error: reason, message: rawMessage } };
  }
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
