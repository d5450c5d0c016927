import { randomUUID } from 'node:crypto';
import { createPauses, type PauseOptions } from './pauses.ts';

/** Options of {@link keyedFetch}. */
export interface KeyedFetchOptions extends PauseOptions {
  /** Default a random one, for an intention that does not outlive this process; one that does keeps its key with it. */
  readonly key?: string;
  /** Default the global one. */
  readonly fetch?: typeof fetch;
}

const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Makes a keyed call over HTTP, with one `Idempotency-Key` over all attempts.
 *
 * Repeats it when the connection fails, when the status is one that passes, and when the answer has `Retry-After` (as 409 has while
 * another call with the key runs), after the pause that it asks for. The body must be one that can be sent again: no stream.
 *
 * @returns the last response, whatever its status.
 * @throws what `fetch` threw at the last attempt; `canceled` when the signal ends a pause.
 * @example
 * const response = await keyedFetch(`${url}/v1/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
 */
export async function keyedFetch(
  url: string | URL,
  init: RequestInit = {},
  options: KeyedFetchOptions = {},
): Promise<Response> {
  const { key = randomUUID(), fetch: send = fetch } = options;
  const headers = new Headers(init.headers);
  headers.set('idempotency-key', key);
  const signal = options.signal ?? init.signal ?? undefined;
  const pauses = createPauses({ ...options, signal });
  const attempt = { ...init, headers, ...(signal !== undefined && { signal }) };
  for (;;) {
    let response: Response;
    try {
      response = await send(url, attempt);
    } catch (error) {
      if (signal?.aborted === true || !(await pauses.next(undefined))) throw error;
      continue;
    }
    const asked = response.headers.get('retry-after');
    if (!passing.has(response.status) && (response.ok || asked === null)) return response;
    const pauseMs = asked === null ? undefined : readRetryAfter(asked);
    if (!(await pauses.next(pauseMs))) return response;
    // Read to its end, so that its connection can be used again.
    await response.arrayBuffer().catch(() => undefined);
  }
}

/** Seconds or a date; undefined for anything else. */
function readRetryAfter(value: string): number | undefined {
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
