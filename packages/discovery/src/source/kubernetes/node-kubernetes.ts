import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { PlatformError } from '@mainstay/kernel';
import { discoveryReasons } from '../../errors.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import type { EndpointSliceApi, SliceEvent, SliceList, SliceQuery } from './endpoint-slice-api.ts';
import { readLines } from './read-lines.ts';

/** How {@link createKubernetesApi} is set up; inside a pod nothing is needed. */
export interface KubernetesApiOptions {
  /** Default `https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT`. `http:` is for `kubectl proxy`. */
  readonly baseUrl?: string;
  /** File of the bearer token, default that of the pod's service account; read for every request, because it rotates. */
  readonly tokenFile?: string;
  /** File of the certificate authority, default that of the pod's service account. */
  readonly caFile?: string;
  /** How long a watch may run before the server ends it, in seconds, default 300. */
  readonly watchSeconds?: number;
  /** Silence after which a watch counts as broken, in milliseconds, default `watchSeconds` and 30 s. */
  readonly silenceMs?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const gone = 410;

/**
 * Makes the API over HTTPS with the pod's service account.
 *
 * The account needs `list` and `watch` on `endpointslices` of `discovery.k8s.io` in the namespace.
 *
 * @throws {@link PlatformError} `unavailable` / `KUBERNETES_REFUSED`, from its methods, with the status received.
 */
export function createKubernetesApi(options: KubernetesApiOptions = {}): EndpointSliceApi {
  const {
    env = process.env,
    watchSeconds = 300,
    tokenFile = `${account}/token`,
    caFile = `${account}/ca.crt`,
  } = options;
  const { silenceMs = (watchSeconds + 30) * 1_000 } = options;
  const host = env.KUBERNETES_SERVICE_HOST ?? 'kubernetes.default.svc';
  const inCluster = `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`;
  const base = new URL(options.baseUrl ?? inCluster);
  const isTls = base.protocol === 'https:';

  const get = async (path: string, signal: AbortSignal): Promise<IncomingMessage> => {
    signal.throwIfAborted();
    const url = new URL(path, base);
    const [token, ca] = await Promise.all([
      readAccountFile(tokenFile, isTls),
      isTls ? readAccountFile(caFile, true) : undefined,
    ]);
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token.trim()}` }),
    };
    const settings = { headers, signal, timeout: silenceMs, ...(ca !== undefined && { ca }) };
    return new Promise((resolve, reject) => {
      const sent = isTls ? requestHttps(url, settings, resolve) : requestHttp(url, settings, resolve);
      sent.on('timeout', () => sent.destroy(refused(`nothing came for ${silenceMs} ms`)));
      sent.on('error', (error) => reject(signal.aborted ? signal.reason : asRefused(error)));
      sent.end();
    });
  };

  const open = async (path: string, signal: AbortSignal): Promise<IncomingMessage> => {
    const response = await get(path, signal);
    if (response.statusCode === 200) return response;
    response.resume();
    throw refused(`the answer was ${response.statusCode}`, { status: String(response.statusCode ?? 0) });
  };

  return {
    async list(query, signal) {
      const response = await open(pathOf(query, {}), signal);
      const body = await readAll(response);
      const parsed = parse(body) as { metadata?: { resourceVersion?: string }; items?: SliceList['items'] };
      return { resourceVersion: parsed.metadata?.resourceVersion ?? '', items: parsed.items ?? [] };
    },
    async *watch({ resourceVersion, ...query }, signal) {
      const search = { watch: '1', resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: String(watchSeconds) };
      let response: IncomingMessage;
      try {
        response = await open(pathOf(query, search), signal);
      } catch (error) {
        if (!isGone(error)) throw error;
        yield { type: 'EXPIRED' };
        return;
      }
      try {
        for await (const line of readLines(response)) {
          const event = readEvent(line);
          if (event !== undefined) yield event;
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : asRefused(error);
      } finally {
        response.destroy();
      }
    },
  };
}

function pathOf({ namespace, service }: SliceQuery, search: Readonly<Record<string, string>>): string {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const query = new URLSearchParams({ labelSelector, ...search });
  return `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices?${query.toString()}`;
}

function readEvent(line: string): SliceEvent | undefined {
  const { type, object } = parse(line) as {
    type?: string;
    object?: EndpointSlice & { code?: number; message?: string };
  };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return object?.metadata?.name === undefined ? undefined : { type, slice: object };
    case 'BOOKMARK':
      return { type, resourceVersion: object?.metadata?.resourceVersion ?? '' };
    case 'ERROR':
      if (object?.code === gone) return { type: 'EXPIRED' };
      throw refused(`the watch ended with ${object?.code ?? 'an error'}: ${object?.message ?? 'no message'}`);
    default:
      // A kind of event that does not exist yet.
      return undefined;
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of response) parts.push(part as Buffer);
  } catch (error) {
    throw asRefused(error);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function readAccountFile(path: string, isNeeded: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    // `kubectl proxy` brings its own credentials.
    if (!isNeeded) return undefined;
    throw refused(`${path} cannot be read`, { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('the answer is not JSON', { cause });
  }
}

function isGone(error: unknown): boolean {
  return (error as PlatformError).metadata?.status === String(gone);
}

function refused(what: string, { status, cause }: { status?: string; cause?: unknown } = {}): PlatformError {
  return new PlatformError(discoveryReasons.KUBERNETES_REFUSED, `the Kubernetes API: ${what}`, {
    ...(status !== undefined && { metadata: { status } }),
    ...(cause !== undefined && { cause }),
  });
}

function asRefused(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  return refused(error instanceof Error ? error.message : 'an unknown error', { cause: error });
}
