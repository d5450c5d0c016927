/**
 * The sixteen canonical gRPC codes that an error can carry, in lower snake case.
 *
 * @see https://grpc.io/docs/guides/status-codes/ - the only taxonomy of errors here; a finer meaning is a {@link Reason}.
 */
export const codes = [
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const;

/** One of the canonical gRPC error codes. */
export type Code = (typeof codes)[number];

/** Number of a code on the wire: `canceled` is 1, `unauthenticated` is 16. */
export function codeNumber(code: Code): number {
  return codes.indexOf(code) + 1;
}

/** Code of a number from the wire; anything unknown is `unknown`, as gRPC demands. */
export function codeFromNumber(value: number): Code {
  return codes[value - 1] ?? 'unknown';
}

const httpStatuses: Readonly<Record<Code, number>> = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 409,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** HTTP status that a code becomes at the edge when its reason names none. */
export function httpStatusOf(code: Code): number {
  return httpStatuses[code];
}
