import { PlatformError } from '@mainstay/kernel';
import { parseTimeout, rpcReasons } from '@mainstay/rpc';

/** Header in which a client says how long it waits, in the form of gRPC: `200m`, `2S`. */
export const timeoutHeader = 'grpc-timeout';

const rule =
  'Grpc-Timeout must be 1 to 8 digits, not all 0, and a unit of H, M, S, m, u or n (hours to nanoseconds), such as 200m or 2S';

/**
 * Reads until when a client waits for its answer, counted from the arrival of its request.
 *
 * @param startedAtMs - monotonic.
 * @returns monotonic milliseconds; undefined for a client that says nothing.
 * @throws {@link PlatformError} `invalid_argument` / `HEADER_INVALID`; executed: no.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md - the same header and form, read strictly
 */
export function readRequestDeadline(header: string | undefined, startedAtMs: number): number | undefined {
  if (header === undefined) return undefined;
  const timeoutMs = parseTimeout(header);
  if (timeoutMs !== undefined && timeoutMs > 0) return startedAtMs + timeoutMs;
  const violations = [{ field: timeoutHeader, rule: 'header.shape', message: rule }];
  throw new PlatformError(rpcReasons.HEADER_INVALID, rule, { violations });
}
