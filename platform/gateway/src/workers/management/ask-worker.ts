import { type Code, PlatformError, type Reason } from '@mainstay/kernel';
import { gatewayReasons } from '../../errors.ts';

/** Longest wait for a worker; below the patience of those who ask this process. */
const timeoutMs = 4_000;

/** What a refusal at the management port of a worker was. */
const codes: Readonly<Record<number, Code>> = {
  400: 'invalid_argument',
  404: 'not_found',
  409: 'failed_precondition',
  503: 'unavailable',
};

/**
 * Reads the text of a page of a worker's management port, whatever its status.
 *
 * @throws {@link PlatformError} `unavailable` / `WORKER_UNREACHABLE` when it does not answer, as all of these do.
 */
export async function readWorker(url: string, path: string): Promise<string> {
  return (await send(`${url}${path}`)).text();
}

/** Reads a page of a worker as JSON, whatever its status. */
export async function readWorkerJson(url: string, path: string): Promise<unknown> {
  return (await send(`${url}${path}`)).json();
}

/**
 * Does something at a worker.
 *
 * @throws {@link PlatformError} with the reason and the words of the worker when it refuses.
 */
export async function actAtWorker(url: string, path: string, body: unknown): Promise<object> {
  const headers = { 'content-type': 'application/json' };
  const response = await send(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as { readonly error?: string; readonly message?: string };
  if (response.ok) return answer;
  const code = codes[response.status];
  const reason: Reason = { ...gatewayReasons.WORKER_FAILED, name: answer.error ?? 'WORKER_FAILED' };
  throw new PlatformError(code === undefined ? reason : { ...reason, code }, answer.message ?? 'a worker failed');
}

/** Over a connection of its own: a kept one may be closed by the worker just when it is used again, and an act must not be sent twice. */
async function send(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('connection', 'close');
  try {
    return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const message = `a worker does not answer at its management port: ${whyNot(cause)}`;
    throw new PlatformError(gatewayReasons.WORKER_UNREACHABLE, message, { cause });
  }
}

/** What the library says is wrong stands in the cause of its error. */
function whyNot(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  return String(typeof code === 'string' ? code : message);
}
