import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
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
import { fromProblem, readProblem } from '@mainstay/rpc';
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
  const { url, init } = buildRequest(method, request, place);
  const response = await sendPatiently(url, init);
  const answer = (await response.json()) as JsonValue;
  const { responseBody: field } = getOption(method, http);
  // A newer service may say more than this command knows.
  return fromJson(method.output, field === '' ? answer : { [field]: answer }, { ignoreUnknownFields: true });
}

/**
 * Calls a method that streams answers, by the HTTP rule of its contract; ends with the stream, or when the place's signal aborts.
 *
 * @throws {@link PlatformError} what the service said, also in the middle; `CLI_GATEWAY_UNREACHABLE` when the stream is cut off.
 */
export async function* streamMethod<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  request: MessageInitShape<I>,
  place: CallPlace & { readonly signal: AbortSignal },
): AsyncGenerator<MessageShape<O>> {
  const { url, init } = buildRequest(method, request, place);
  const response = await sendPatiently(url, () => ({ ...init(), signal: place.signal }));
  if (response.body === null) return;
  for await (const line of uncut(linesOf(response.body), place)) {
    const json = JSON.parse(line) as Readonly<Record<string, JsonValue>>;
    const problem = json['@problem'];
    if (problem !== undefined) throw fromProblem({ status: 200, body: JSON.stringify(problem) });
    yield fromJson(method.output, json as JsonValue, { ignoreUnknownFields: true });
  }
}

/** The lines of a body that have something in them; empty ones only show that the stream lives. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
}

/** Says what happened when a stream ends in the middle. */
async function* uncut(lines: AsyncIterable<string>, { gateway, signal }: CallPlace): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new PlatformError(cliReasons.CLI_GATEWAY_UNREACHABLE, `${gateway} cut the stream off`, { cause });
  }
}

function buildRequest<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
  request: MessageInitShape<I>,
  place: CallPlace,
): { readonly url: string; readonly init: () => RequestInit } {
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
  const init = (): RequestInit => ({
    method: pattern.case === 'get' ? 'GET' : 'POST',
    ...(body !== '' && { body: JSON.stringify(json) }),
    headers: {
      ...(body !== '' && { 'content-type': 'application/json' }),
      ...(place.token !== undefined && { authorization: `Bearer ${place.token}` }),
      ...(place.apiKey !== undefined && { 'x-api-key': place.apiKey }),
    },
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(place.signal === undefined ? [] : [place.signal])]),
  });
  return { url, init };
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
