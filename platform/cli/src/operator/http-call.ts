import {
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  getOption,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  create,
  toJson,
} from '@bufbuild/protobuf';
import { http } from '@mainstay/contracts/google/api/annotations';
import { PlatformError } from '@mainstay/kernel';
import { readProblem } from '@mainstay/rpc';
import { cliReasons } from '../errors.ts';

/** Longest wait for an answer; the contracts allow 10 s. */
const timeoutMs = 15_000;

/** Where and as whom a call is made. */
export interface CallPlace {
  /** URL of the gateway. */
  readonly gateway: string;
  /** Undefined for public methods. */
  readonly token: string | undefined;
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
  const path = `${pattern.value}`.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    used.add(name);
    return encodeURIComponent(`${json[name] ?? ''}`);
  });
  const rest = Object.entries(json).filter(([name]) => !used.has(name));
  const response = await send(`${place.gateway}${path}${body === '' ? queryOf(rest) : ''}`, {
    method: pattern.case === 'get' ? 'GET' : 'POST',
    ...(body !== '' && { body: JSON.stringify(json) }),
    headers: {
      ...(body !== '' && { 'content-type': 'application/json' }),
      ...(place.token !== undefined && { authorization: `Bearer ${place.token}` }),
    },
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(place.signal === undefined ? [] : [place.signal])]),
  });
  if (!response.ok) throw await readProblem(response);
  // A newer service may say more than this command knows.
  return fromJson(method.output, (await response.json()) as JsonValue, { ignoreUnknownFields: true });
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

type JsonFields = Readonly<Record<string, JsonValue>>;

function queryOf(fields: readonly (readonly [string, JsonValue])[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, `${one as string}`);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
