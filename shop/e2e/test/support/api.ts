import { keyedFetch } from '@mainstay/idempotency';

/** What an HTTP call came back with. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly text: string;
}

/** What a call sends besides method and path. */
export interface Call {
  readonly body?: unknown;
  /** Sent as it stands instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly token?: string;
  /** `Idempotency-Key`. */
  readonly key?: string;
  /** Comes back when it is told to, with the same key. */
  readonly patient?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The shop from outside: HTTP and JSON, as any client sees it. */
export interface Api {
  readonly baseUrl: string;
  call<T = Record<string, unknown>>(method: string, path: string, call?: Call): Promise<Answer<T>>;
}

/** @param apiKey - key of the client; the enterprise one by default, so that limits do not meet the stories. */
export function createApi(baseUrl: string, apiKey: string | undefined = 'demo-enterprise'): Api {
  return {
    baseUrl,
    async call<T>(method: string, path: string, call: Call = {}): Promise<Answer<T>> {
      const body = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
      const init = {
        method,
        headers: {
          ...(apiKey !== undefined && { 'x-api-key': apiKey }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
          ...(call.key !== undefined && { 'idempotency-key': call.key }),
          ...call.headers,
        },
        ...(body !== undefined && { body: body }),
        signal: AbortSignal.timeout(40_000),
      };
      const url = new URL(path, baseUrl);
      const isPatient = call.patient === true && call.key !== undefined;
      const response = isPatient ? await keyedFetch(url, init, { key: call.key! }) : await fetch(url, init);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: (isJson && text !== '' ? JSON.parse(text) : {}) as T,
      };
    },
  };
}
