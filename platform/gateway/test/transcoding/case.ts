import type { JsonValue } from '@bufbuild/protobuf';

/**
 * A request that is taken: the request line, its body, the method of the lab that must be called, the message that must
 * reach it (protobuf JSON), and where one field of the answer is the body, the field and its value.
 */
export interface TakenCase {
  readonly request: string;
  readonly body?: string;
  readonly calls: string;
  readonly message: JsonValue;
  readonly answer?: Readonly<Record<string, JsonValue>>;
}

/** A request that must not reach the service: its status and what is wrong, as `field rule`, or the reason. */
export interface RefusedCase {
  readonly request: string;
  readonly body?: string;
  readonly status: number;
  readonly why: readonly string[] | string;
}

/** Cases without a body of one method. */
export function takes(
  calls: string,
  cases: readonly (readonly [string, JsonValue, Readonly<Record<string, JsonValue>>?])[],
): TakenCase[] {
  return cases.map(([request, message, answer]) => ({
    request,
    calls,
    message,
    ...(answer !== undefined && { answer }),
  }));
}

/** Cases of one request that differ in their body. */
export function takesBody(
  request: string,
  calls: string,
  cases: readonly (readonly [string, JsonValue, Readonly<Record<string, JsonValue>>?])[],
): TakenCase[] {
  return cases.map(([body, message, answer]) => ({
    request,
    body,
    calls,
    message,
    ...(answer !== undefined && { answer }),
  }));
}
