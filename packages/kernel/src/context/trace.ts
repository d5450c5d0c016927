import { randomHex } from '../random-hex.ts';
import type { TraceContext } from './call-context.ts';

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Starts a new trace; sampled. */
export function newTrace(): TraceContext {
  return { traceId: randomHex(16), spanId: randomHex(8), sampled: true };
}

/** Continues a trace with a new span. */
export function childTrace({ traceId, sampled, traceState }: TraceContext): TraceContext {
  const spanId = randomHex(8);
  return traceState === undefined ? { traceId, spanId, sampled } : { traceId, spanId, sampled, traceState };
}

/**
 * Reads a `traceparent` header.
 *
 * @returns undefined for a malformed header, version ff, or all-zero ids; a higher version is read as version 00.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(header: string | undefined, traceState?: string): TraceContext | undefined {
  const match = header === undefined ? null : shape.exec(header);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags] = match as unknown as [string, string, string, string, string];
  if (version === 'ff' || traceId === noTraceId || spanId === noSpanId) return undefined;
  if (version === '00' && header?.length !== lengthOfVersion00) return undefined;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return traceState === undefined ? { traceId, spanId, sampled } : { traceId, spanId, sampled, traceState };
}

const noTraceId = '0'.repeat(32);
const noSpanId = '0'.repeat(16);
const lengthOfVersion00 = 55;

/** Writes a `traceparent` header. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
