import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  getOption,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toJson,
} from '@bufbuild/protobuf';
import { http } from '@mainstay/contracts/google/api/annotations';
import type { HttpRule } from '@mainstay/contracts/google/api/http';
import { PlatformError, systemClock } from '@mainstay/kernel';
import { readProblem } from '@mainstay/rpc';
import { cliReasons } from '../errors.ts';

/** Longest wait for an answer; the contracts allow 10 s. */
const timeoutMs = 15_000;
/** Longest pause that the gateway's limit may ask for before the command gives up. */
const maxPauseMs = 10_000;

/** Where and as whom a call is made. */
export interface CallPlace {
  /** URL of the gateway. */
  readonly gateway: string;
  /** Undefined for public methods. */
  readonly token: string | undefined;
  /** Key of the client at the gateway; without one its slowest tier serves. */
  readonly apiKey?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Calls a method through the gateway, by the HTTP rule of its contract.
 *
 * @throws {@link PlatformError} what the service said; `CLI_GATEWAY_UNREACHABLE` when nobody answers.
 */
export async function callMethod<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  place: CallPlace,
): Promise<MessageShape<O>> {
  const { pattern, body } = getOption(method, http);
  const json = toJson(method.input, create(method.input, request), { useProtoFieldName: true }) as JsonFields;
  const used = new Set<string>();
  const path = pathOf(pattern).replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    used.add(name);
    const value = (json[name] ?? '') as string | number | boolean;
    return encodeURIComponent(value);
  });
  const rest = Object.entries(json).filter(([name]) => !used.has(name));
  const url = `${place.gateway}${path}${body === '' ? queryOf(rest) : ''}`;
  const response = await sendPatiently(url, () => ({
    method: pattern.case === 'get' ? 'GET' : 'POST',
    ...(body !== '' && { body: JSON.stringify(json) }),
    headers: {
      ...(body !== '' && { 'content-type': 'application/json' }),
      ...(place.token !== undefined && { authorization: `Bearer ${place.token}` }),
      ...(place.apiKey !== undefined && { 'x-api-key': place.apiKey }),
    },
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(place.signal === undefined ? [] : [place.signal])]),
  }));
  // A newer service may say more than this command knows.
  return fromJson(method.output, (await response.json()) as JsonValue, { ignoreUnknownFields: true });
}

/** Fetches; a refusal by the gateway's limit, which ran nothing, is waited out once. */
async function sendPatiently(url: string, init: () => RequestInit): Promise<Response> {
  const response = await send(url, init());
  if (response.ok) return response;
  const problem = await readProblem(response);
  const pauseMs = problem.retryAfterMs ?? Number.POSITIVE_INFINITY;
  if (problem.reason !== 'RATE_LIMITED' || pauseMs > maxPauseMs) throw problem;
  await systemClock.sleep(pauseMs);
  const again = await send(url, init());
  if (again.ok) return again;
  throw await readProblem(again);
}

/** Fetches, and says what could not be reached. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted === true && (init.signal.reason as Error).name !== 'TimeoutError') throw cause;
    const message = `${new URL(url).origin} does not answer; look with \`mainstay status\` whether it runs`;
    throw new PlatformError(cliReasons.CLI_GATEWAY_UNREACHABLE, message, { cause });
  }
}

function pathOf({ value }: HttpRule['pattern']): string {
  return typeof value === 'string' ? value : (value?.path ?? '');
}

type JsonFields = Readonly<Record<string, JsonValue>>;

function queryOf(fields: readonly (readonly [string, JsonValue])[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, `${one as string}`);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
